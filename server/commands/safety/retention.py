"""How long a report is kept: for a fixed time after it was closed, also if the accounts it names still exist."""

from schemas.retention import ExpireReport
from server.commands.context import Args, Context
from server.commands.due import on_due
from server.commands.states import due_now
from sync.clock import DAY
from sync.record import Key, Record

KEPT = 730 * DAY  # ms after which a closed report is erased


def kept(context: Context, case: Record) -> Record:
    """Return the record that is due when a report that is closed now is to be erased."""
    return Record(case.id, "retention", case.space, due=context.now + KEPT)


@on_due("retention", "expire", ExpireReport)
def expire(context: Context, args: Args) -> list[Record]:
    """Erase a report. Its key, with which nothing else is sealed, is destroyed before."""
    retention = due_now(context, "retention", args)
    if retention is None:
        return []
    case = context.reads.get(Key(retention.space, "case", retention.id))
    return [retention.tombstone(), *([case.tombstone()] if case is not None and not case.deleted else [])]
