"""Logs and metrics. Nothing in them says what anybody wrote."""
