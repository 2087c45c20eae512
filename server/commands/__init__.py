"""All commands by subject, one file for each kind of record. A new kind is added to the imports and to `__all__`."""

from server.commands import absence
from server.commands.conversation import (
    ack,
    disclosure,
    letter,
    message,
    milestone,
    position,
    promise,
    question,
    repair,
    session,
    step,
    strength,
    suggestion,
    unread,
)
from server.commands.matching import (
    availability,
    fact,
    offer,
    person,
    practice,
    request,
    specialist,
    story,
    supervision,
)
from server.commands.pairing import agreement, handover, invitation, pairing, programme
from server.commands.personal import bell, erasure, leaving, mute, note, profile, quiet, security_event, unsent
from server.commands.safety import block, checkin, debrief, escalation, on_call, plan, report, retention, sanction, sos

__all__ = [
    "absence", "ack", "agreement", "availability", "bell", "block", "checkin", "debrief", "disclosure", "erasure",
    "escalation", "fact", "handover", "invitation", "leaving", "letter", "message", "milestone", "mute", "note",
    "offer", "on_call", "pairing", "person", "plan", "position", "practice", "profile", "programme", "promise",
    "question", "quiet", "repair", "report", "request", "retention", "sanction", "security_event", "session", "sos",
    "specialist", "step", "story", "strength", "suggestion", "supervision", "unread", "unsent",
]  # fmt: skip
