"""Quiet hours, in which nothing rings on a user's phones."""

from dataclasses import replace

from schemas.base import merge_rules
from schemas.quiet import SetQuiet
from server.commands.context import Args, Context, command
from server.commands.states import with_data
from server.commands.vocabulary import known_time_zone
from server.trust.quiet import Quiet, loud_until, quiet_until
from sync.clock import MINUTE
from sync.record import Key, Record, notification_space, private

ID = "me"
HELD = MINUTE // 4  # ms: a notification that waits for longer than this is held by quiet hours
RULES = merge_rules(SetQuiet)


@command("quiet.set", SetQuiet)
def put(context: Context, args: Args) -> list[Record]:
    """Set my quiet hours, in which nothing may ring."""
    if "zone" in args:
        args = {**args, "zone": known_time_zone("zone", args["zone"])}
    space = private(context.caller.user)
    before = context.reads.get(Key(space, "quiet", ID))
    quiet = before or Record(ID, "quiet", space, context.caller.user, {"zone": "UTC", "spans": []})
    quiet = context.merged(quiet, args, RULES)
    return [quiet, *_released(context, quiet)]


def _released(context: Context, quiet: Record) -> list[Record]:
    """Return the user's bell, if the new quiet hours end before some of its notifications are due.

    A notification that becomes due in the new quiet hours is checked again then, and held.
    """
    bell = context.reads.get(Key(notification_space(context.caller.user), "bell", context.caller.user))
    until = max(loud_from(quiet, context.now), context.now + HELD)
    if bell is None or all(due["at"] <= until or "tries" in due for due in bell.data["dues"].values()):
        return []
    dues = {
        level: due if "tries" in due else {**due, "at": min(due["at"], until)}
        for level, due in bell.data["dues"].items()
    }
    return [replace(with_data(bell, dues=dues), due=min(due["at"] for due in dues.values()))]


def calm_until(context: Context, user: str, now: int) -> int:
    """Return the first time, in ms, from now on at which something may ring for a user."""
    return loud_from(context.reads.get(quiet_key(user)), now)


def calm_span(context: Context, user: str, now: int, longest: int) -> tuple[int, int]:
    """Return the next span, in ms, in which something may ring for a user: from ``now`` on, ``longest`` at most.

    Its end is not included.
    """
    quiet = _quiet(context.reads.get(quiet_key(user)))
    if quiet is None:
        return now, now + longest
    begin = quiet_until(quiet, now)
    return begin, loud_until(quiet, begin, longest)


def quiet_key(user: str) -> Key:
    """Return the key of the quiet hours of a user."""
    return Key(private(user), "quiet", ID)


def loud_from(record: Record | None, now: int) -> int:
    """Return the first time, in ms, from now on that lies outside the quiet hours of a record."""
    quiet = _quiet(record)
    return now if quiet is None else quiet_until(quiet, now)


def _quiet(record: Record | None) -> Quiet | None:
    """Return the quiet hours that a record holds, or None if there are none."""
    if record is None or not record.data.get("spans"):
        return None
    return Quiet(record.data["zone"], tuple((start, end) for start, end in record.data["spans"]))
