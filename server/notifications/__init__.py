"""Notifications: what is sent when somebody is away. Never what was written, nor by whom."""
