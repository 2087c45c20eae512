"""Sealing: what is stored encrypted, and the keys for it. Nothing here reads or writes the database."""
