"""Availability: the hours at which a user can talk."""

from schemas.availability import SetAvailability
from schemas.base import merge_rules
from server.commands.context import Args, Context, command
from server.commands.matching import people, requests
from server.commands.states import with_data
from server.commands.vocabulary import known_time_zone
from sync.record import Key, Record, private

RULES = merge_rules(SetAvailability)
ID = "me"


@command("availability.set", SetAvailability)
def put(context: Context, args: Args) -> list[Record]:
    """Say when I can talk."""
    if "zone" in args:
        args = {**args, "zone": known_time_zone("zone", args["zone"])}
    space = private(context.caller.user)
    empty = {"zone": "UTC", "weekly": [], "exceptions": {}}
    before = context.reads.get(Key(space, "availability", ID))
    hours = context.merged(before or Record(ID, "availability", space, context.caller.user, empty), args, RULES)
    if context.caller.role == "peer":
        return [hours, *requests.sought(context, availability=dict(hours.data))]
    if context.caller.role != "specialist":
        return [hours]
    return [hours, with_data(people.mine(context), availability=dict(hours.data))]
