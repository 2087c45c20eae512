"""Rows of the kinds of docs/trust.md in client databases."""
