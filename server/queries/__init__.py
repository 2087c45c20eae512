"""Reads for staff and the public that are not part of sync: overviews, moderation, consistency, crisis lines."""
