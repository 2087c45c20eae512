"""Accounts: signing in, and ways back."""
