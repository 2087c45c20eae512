"""Limits: how much one account, one address and one space may use, and what happens when the disk is nearly full."""
