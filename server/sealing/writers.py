"""The writers of the fields of records that were stored before Beside noted writers in records."""

from collections.abc import Iterator
from dataclasses import replace

from schemas.content import CONTENT
from sync.record import Record, private

COPIES = ("offer", "call", "supervision", "debrief")  # kinds with content of other accounts than the record's author


def with_writers(record: Record, pairing: Record | None) -> Record:
    """Return a record with the writers of the fields that its author did not write, as commands note them now."""
    writers = dict(_writers(record, pairing))
    return replace(record, hidden={**record.hidden, "writers": writers}) if writers else record


def _writers(record: Record, pairing: Record | None) -> Iterator[tuple[str, str]]:
    """Give (field, writer) of a record that was stored before its writers were noted."""
    hidden, kind = record.hidden, record.kind
    if kind == "offer" and "peer" in hidden:
        yield from ((field, private(hidden["peer"])) for field in CONTENT[kind].data | CONTENT[kind].hidden)
    elif kind == "call" and "user" in hidden:
        yield from ((field, private(hidden["user"])) for field in ("words", "said"))
    elif kind == "supervision" and "specialist" in hidden:
        yield "specialist", private(hidden["specialist"])
    elif kind == "debrief" and "other" in hidden:
        other = private(hidden["other"][0])
        is_asked = record.data.get("by") is None  # the copy of the member who asked; the supervisor's has ``by``
        yield from ((field, other) for field in (("answer",) if is_asked else ("words", "messages")))
    elif pairing is not None:
        yield from _of_two(record, pairing)


def _of_two(record: Record, pairing: Record) -> Iterator[tuple[str, str]]:
    users = pairing.hidden["users"]
    others = [member for member in users if member != record.author]
    specialist = next((member for member, user in users.items() if user == pairing.hidden["specialist"]), "")
    if record.kind == "question" and record.data.get("answer") is not None and others:
        yield "answer", others[0]
    elif record.kind == "step" and record.author == specialist and "text" in record.stamps and others:
        yield "text", others[0]
    elif record.kind == "handover" and specialist:
        yield "words", specialist
