"""Limits: how much one account, one address and one space may use, and the reserve on the database's disk."""
