"""Accounts: signing in, passphrases and tokens, rate limits, and the deletion of an account."""
