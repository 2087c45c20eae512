"""The accounts of the demo: two people who were made up, whom anybody can play without having an account.

A demo account is known by its id, which only Beside gives. Whoever plays it is a stranger, and one of the two is a
specialist, so nothing of what they do may reach real people.
"""

PREFIX = "demo-"  # begins the ids of demo accounts; all other ids are UUIDs

REACHES_OTHERS = frozenset({"request.open", "report.file"})  # commands that make work for real people


def is_demo(user: str) -> bool:
    """Tell whether a user is one of those who were made up for the demo."""
    return user.startswith(PREFIX)
