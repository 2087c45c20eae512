"""Absences: times in which Beside could serve nobody. A decision about a deadline extends it by the absences in it.

The absences are one record, in a space that no phone reads. A decision reads it only once a deadline has passed. When
a decision extends the deadline of a record, ``hidden["given_back"]`` stores its time in ms: absences before that time
are counted already.
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
SLOW = HOUR  # ms that a phone's clock may be behind: an answer with such a stamp still counts as given in time
LATE = 3 * DAY  # ms after a deadline in which an answer that was given before the deadline may still arrive
WAITING = {  # {kind: states}: in these, the only change that Beside itself makes is to move the deadline
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
    """Return the deadline, in ms, of what is open from ``since`` to ``due``: extended only once ``due`` has passed.

    Absences by which this record was extended already are not counted again.
    """
    return due if context.now < due else extended(context, record, since, due)


def extended(context: Context, record: Record, since: int, due: int) -> int:
    """Return a deadline extended by all absences so far, in ms, also if it has not passed yet."""
    return moved(absences(context), max(since, record.hidden.get("given_back", 0)), due)


def was_said_in(context: Context, since: int, until: int) -> bool:
    """Tell whether the caller's mutation was made from ``since`` until ``until``, in ms, by the phone's clock.

    A time up to SLOW before ``since`` counts as well, as the clock may be slow. A mutation that arrives more than LATE
    after ``until``, not counting absences, does not count: users could otherwise set a clock back to gain time.
    """
    if not since - SLOW <= context.claimed.at < until:
        return False
    return context.now < until + LATE or context.now < moved(absences(context), until, until + LATE)


def moved_on(context: Context, record: Record, due: int, **data: Any) -> Record:
    """Return a record with a later due time in ms, because of absences. ``data``: the field that shows it to phones."""
    return replace(with_data(record, **data), due=due, hidden={**record.hidden, "given_back": context.now})


def is_given_back(record: Record) -> bool:
    """Tell whether Beside's change of a record only moved its deadline. Phones are not notified of such changes."""
    return "given_back" in record.hidden and record.data.get("state") in WAITING.get(record.kind, ())
