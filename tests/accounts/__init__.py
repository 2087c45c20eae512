"""Accounts: signing in through an employer."""
