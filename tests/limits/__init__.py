"""Limits: what one account, one address and one space may use."""
