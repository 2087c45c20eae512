"""Answers for staff and the public that are not sync: overviews, moderation, consistency, crisis lines."""
