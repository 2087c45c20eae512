"""Sealed cards: words that wait in the private space of whoever wrote them until both sides may read them.

What is not in a shared space cannot be shown in it: no page, frame, row or view of somebody else has to leave it out.
"""

from typing import Any

from server.commands.context import Context
from sync.record import Key, Record, private

RULES = {"text": "latest", "facts": "latest"}  # set together, so that they stay together


def sealed(context: Context, about: Record, text: str, **data: Any) -> Record:
    """Return the caller's card about a record of a shared space; of two that were sealed apart the later one counts."""
    key = _key(context.caller.user, about)
    empty = {"where": about.space, "sort": about.kind, "about": about.id, "facts": []}
    before = context.reads.get(key)
    if before is None or before.deleted:
        before = Record(key.id, key.kind, key.space, context.caller.user, empty)
    return context.merged(before, {"text": text, **data}, RULES)


def card(context: Context, user: str, about: Record) -> Record | None:
    """Return somebody's card about a record of a shared space."""
    found = context.reads.get(_key(user, about))
    return None if found is None or found.deleted else found


def discarded(context: Context, user: str, about: Record) -> list[Record]:
    """Return what is left of somebody's card."""
    found = card(context, user, about)
    return [] if found is None else [found.tombstone()]


def _key(user: str, about: Record) -> Key:
    return Key(private(user), "card", f"{about.space.partition(':')[2]}.{about.kind}.{about.id}")
