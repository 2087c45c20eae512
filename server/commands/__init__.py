"""What can be asked for, one file for each kind of record. A new kind is one more word in this list."""

from server.commands import (
    agreement,
    availability,
    fact,
    handover,
    invitation,
    looking,
    message,
    note,
    offer,
    pairing,
    person,
    position,
    practice,
    profile,
    request,
    specialist,
    story,
)

__all__ = [
    "agreement", "availability", "fact", "handover", "invitation", "looking", "message", "note", "offer", "pairing",
    "person", "position", "practice", "profile", "request", "specialist", "story",
]  # fmt: skip
