"""Accounts: signing in, and recovery."""
