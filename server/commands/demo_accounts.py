"""The accounts of the demo: two made-up people, a peer and a specialist, that any visitor can use without an account.

The id of a demo account has a prefix that only Beside assigns. Its user is an unknown visitor, also as the specialist,
so none of the account's actions may reach real people.
"""

PREFIX = "demo-"  # begins the ids of demo accounts; all other ids are UUIDs

REACHES_OTHERS = frozenset({"request.open", "report.file"})  # commands that make work for real people


def is_demo(user: str) -> bool:
    """Tell whether a user is a demo account."""
    return user.startswith(PREFIX)
