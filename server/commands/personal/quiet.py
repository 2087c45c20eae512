"""Quiet hours."""

from schemas.base import merge_rules
from schemas.quiet import SetQuiet
from server.commands.context import Args, Context, command
from server.commands.vocabulary import known_time_zone
from server.trust.quiet import Quiet, quiet_until
from sync.record import Key, Record, private

ID = "me"
RULES = merge_rules(SetQuiet)


@command("quiet.set", SetQuiet)
def put(context: Context, args: Args) -> list[Record]:
    """Say when nothing may ring."""
    if "zone" in args:
        args = {**args, "zone": known_time_zone("zone", args["zone"])}
    space = private(context.caller.user)
    before = context.reads.get(Key(space, "quiet", ID))
    quiet = before or Record(ID, "quiet", space, context.caller.user, {"zone": "UTC", "spans": []})
    return [context.merged(quiet, args, RULES)]


def calm_until(context: Context, user: str, now: int) -> int:
    """Return the first time, in ms, from now on at which something may ring for a user."""
    return loud_from(context.reads.get(Key(private(user), "quiet", ID)), now)


def loud_from(record: Record | None, now: int) -> int:
    """Return the first time, in ms, from now on that lies outside some quiet hours."""
    if record is None or not record.data.get("spans"):
        return now
    spans = tuple((start, end) for start, end in record.data["spans"])
    return quiet_until(Quiet(record.data["zone"], spans), now)
