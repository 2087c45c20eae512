"""Accounts: who may sign in, with what, how often, and what happens when an account is deleted."""
