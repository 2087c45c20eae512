"""Logs and metrics. They never hold what users wrote."""
