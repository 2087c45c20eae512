"""Rows of what trust is made of."""
