"""Absences: when Beside could serve nobody. Every decision about a deadline gives back what they took of it.

The absences are one record, in a space that no phone reads. A decision reads it only once a deadline has passed. If it
moves the deadline of a record on, the record keeps in ``hidden["given_back"]`` up to when absences are counted.
"""

from dataclasses import replace
from typing import Any

from schemas.absence import AddAbsence
from server.commands.context import Args, Context, command
from server.commands.states import with_data
from server.matching.absences import Spans, joined, moved
from sync.record import Key, Record

ABSENCES = Key("absence:all", "absence", "all")
MOST_KEPT = 50  # absences kept; the oldest are dropped
WAITING = {  # states of records in which Beside itself changes nothing but their time
    "disclosure": ("invited", "sealed"),
    "offer": ("sent",),
    "promise": ("made",),
    "shortlist": (None,),
}


@command("absence.add", AddAbsence, internal=True)
def add(context: Context, args: Args) -> list[Record]:
    """Keep an absence. One that is known already, or ends later than was known, becomes one with it."""
    kept = context.reads.get(ABSENCES) or Record(ABSENCES.id, ABSENCES.kind, ABSENCES.space, data={"spans": []})
    spans = joined([*absences(context), (args["since"], min(args["until"], context.now))])
    return [with_data(kept, spans=[list(span) for span in spans[-MOST_KEPT:]])]


def absences(context: Context) -> Spans:
    """Return the absences that are known, oldest first."""
    kept = context.reads.get(ABSENCES)
    return [(since, until) for since, until in kept.data["spans"]] if kept is not None else []


def open_until(context: Context, record: Record, since: int, due: int) -> int:
    """Return until when something is open that was given from ``since`` to ``due``, in ms.

    Absences that this record was given back already are not counted again.
    """
    if context.now < due:
        return due
    return moved(absences(context), max(since, record.hidden.get("given_back", 0)), due)


def moved_on(context: Context, record: Record, due: int, **data: Any) -> Record:
    """Return a record that is due later, because absences were given back. ``data``: the time as phones see it."""
    return replace(with_data(record, **data), due=due, hidden={**record.hidden, "given_back": context.now})


def is_given_back(record: Record) -> bool:
    """Tell whether a change that Beside made only moved a time on: no news that a phone is notified of."""
    return "given_back" in record.hidden and record.data.get("state") in WAITING.get(record.kind, ())
