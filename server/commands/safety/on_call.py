"""The users who are on call, and their hours."""

from schemas.errors import Forbidden, NotFound
from schemas.sos import EditWatch
from server.commands.context import Args, Context, command
from server.commands.safety.alarm import WATCH, released
from server.commands.states import with_data, without
from server.commands.vocabulary import known_time_zone
from sync.record import Record

ROLES = ("specialist", "supervisor", "operator")


@command("watch.edit", EditWatch)
def edit(context: Context, args: Args) -> list[Record]:
    """Put somebody on call, or take them off call."""
    if context.caller.role != "operator":
        raise Forbidden("Only operators can say who is on call.", field="handle")
    found = (context.reads.person(args["handle"], role) for role in ROLES)
    user = next((one for one in found if one is not None), None)
    if user is None:
        raise NotFound("No specialist, supervisor or operator has this handle.", field="handle")
    watch = context.reads.get(WATCH) or Record(WATCH.id, WATCH.kind, WATCH.space, "", {"people": {}})
    others = without(watch.data["people"], user)
    if args["hours"] is None:
        off = with_data(watch, people=others)
        return [off, *released(context.after([off]), user, "on_call")]
    hours = {"zone": "UTC", "weekly": [], "exceptions": {}, **args["hours"]}
    hours["zone"] = known_time_zone("hours.zone", hours["zone"])
    return [with_data(watch, people={**others, user: {"hours": hours}})]
