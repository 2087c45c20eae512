"""Moments as they are written."""

from datetime import datetime


def at(text: str) -> int:
    """Return a moment in ms."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)
