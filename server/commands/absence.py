"""Absences: when Beside could serve nobody. Every decision about a deadline extends it by what they took of it.

The absences are one record, in a space that no phone reads. A decision reads it only once a deadline has passed. If it
extends the deadline of a record, ``hidden["given_back"]`` stores a time; absences before it are already counted.
"""

from dataclasses import replace
from typing import Any

from schemas.absence import AddAbsence
from server.commands.context import Args, Context, command
from server.commands.states import with_data
from server.matching.absences import Spans, fewer, joined, moved
from sync.clock import DAY, HOUR
from sync.record import Key, Record

ABSENCES = Key("absence:all", "absence", "all")
MOST_KEPT = 50  # absences kept; if there are more, those that lie closest together become one
KEPT_FOR = 120 * DAY  # ms since its end: an older absence is dropped, as no deadline is that long
SLOW = HOUR  # ms by which a phone's clock may be slow without harm to what was said in time
LATE = 3 * DAY  # ms after the end of a time in which it still counts what was said in that time
WAITING = {  # states of records in which Beside itself changes nothing but their time
    "disclosure": ("invited", "sealed"),
    "offer": ("sent",),
    "promise": ("made",),
    "shortlist": (None,),
}


@command("absence.add", AddAbsence, internal=True)
def add(context: Context, args: Args) -> list[Record]:
    """Keep an absence. Overlapping absences are merged."""
    kept = context.reads.get(ABSENCES) or Record(ABSENCES.id, ABSENCES.kind, ABSENCES.space, data={"spans": []})
    spans = joined([*absences(context), (args["since"], min(args["until"], context.now))])
    recent = [span for span in spans if span[1] > context.now - KEPT_FOR]
    return [with_data(kept, spans=[list(span) for span in fewer(recent, MOST_KEPT)])]


def absences(context: Context) -> Spans:
    """Return the absences that are known, oldest first."""
    kept = context.reads.get(ABSENCES)
    return [(since, until) for since, until in kept.data["spans"]] if kept is not None else []


def open_until(context: Context, record: Record, since: int, due: int) -> int:
    """Return until when something is open that was given from ``since`` to ``due``, in ms.

    Absences by which this record was extended already are not counted again.
    """
    return due if context.now < due else extended(context, record, since, due)


def extended(context: Context, record: Record, since: int, due: int) -> int:
    """Return a deadline extended by all absences so far, in ms, also if it has not passed yet."""
    return moved(absences(context), max(since, record.hidden.get("given_back", 0)), due)


def was_said_in(context: Context, since: int, until: int) -> bool:
    """Tell whether the caller said something from ``since`` until ``until``, in ms, by the phone's clock.

    A clock that is slow by at most SLOW is believed; one that is further behind, or ahead, is wrong. Nothing counts
    that arrives more than LATE after ``until``, absences left out: a clock can be set back to gain time.
    """
    if not since - SLOW <= context.claimed.at < until:
        return False
    return context.now < until + LATE or context.now < moved(absences(context), until, until + LATE)


def moved_on(context: Context, record: Record, due: int, **data: Any) -> Record:
    """Return a record that is due later, because of absences. ``data``: the time as phones see it."""
    return replace(with_data(record, **data), due=due, hidden={**record.hidden, "given_back": context.now})


def is_given_back(record: Record) -> bool:
    """Tell whether a change that Beside made only moved a time on: no news that a phone is notified of."""
    return "given_back" in record.hidden and record.data.get("state") in WAITING.get(record.kind, ())
