"""Quiet hours, as decisions need them."""

from server.commands.context import Context
from server.trust.quiet import Quiet, quiet_until
from sync.record import Key, Record, private

ID = "me"


def calm_until(context: Context, user: str, now: int) -> int:
    """Return the first time, in ms, from now on at which something may ring for a user."""
    return loud_from(context.reads.get(Key(private(user), "quiet", ID)), now)


def loud_from(record: Record | None, now: int) -> int:
    """Return the first time, in ms, from now on that lies outside some quiet hours."""
    if record is None or not record.data.get("spans"):
        return now
    spans = tuple((start, end) for start, end in record.data["spans"])
    return quiet_until(Quiet(record.data["zone"], spans), now)
