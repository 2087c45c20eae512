"""Notifications: sent to users who are away. They say neither what was written nor who wrote it."""
