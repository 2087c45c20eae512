"""Promises of sync, told by phones in this process on a real database."""
