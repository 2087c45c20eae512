"""Quiet hours."""

from schemas.base import merge_rules
from schemas.errors import BadRequest
from schemas.quiet import SetQuiet
from server.commands.context import Args, Context, command
from server.commands.personal.quiet_hours import ID
from server.matching.hours import require_zone
from sync.record import Key, Record, private

RULES = merge_rules(SetQuiet)


@command("quiet.set", SetQuiet)
def put(context: Context, args: Args) -> list[Record]:
    """Say when nothing may ring."""
    if "zone" in args:
        try:
            require_zone(args["zone"])
        except ValueError as error:
            raise BadRequest(f"zone: {error}", field="args.zone") from error
    space = private(context.caller.user)
    before = context.reads.get(Key(space, "quiet", ID))
    quiet = before or Record(ID, "quiet", space, context.caller.user, {"zone": "UTC", "spans": []})
    return [context.merged(quiet, args, RULES)]
