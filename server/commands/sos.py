"""SOS: raised by whoever needs somebody now."""

from typing import Any

from schemas.sos import CloseSos, RaiseSos, SaySos, TurnSos
from server.command import Args, Context, command
from server.commands.alarms import OPEN, calls, climbed, closed, opened, pointing, saying
from server.commands.shared import due_now
from server.errors import IdTaken, NotFound, WrongState
from server.records import Key, Record, private


@command("sos.raise", RaiseSos)
def call(context: Context, args: Args) -> list[Record]:
    """I need somebody now. A second one is the same as long as nobody has taken the first; then others are called."""
    user, before = context.caller.user, opened(context, context.caller.user)
    if before is not None and before.data["state"] in OPEN:
        return [before]
    if context.view.get(Key(private(user), "sos", args["id"])) is not None:
        raise IdTaken("Another SOS has this id.", field="id", id=args["id"])
    data: dict[str, Any] = {
        "state": "raised",
        "raised_at": context.stamp.at,
        "words": args.get("words"),
        "asked": [],
        "taken": None,
        "said": [],
    }
    sos = Record(args["id"], "sos", private(user), user, data, hidden={"rung": -1, "calls": {}})
    over = closed(context, before) if before is not None else []
    return [*climbed(context.after(over), sos), *over, pointing(user, sos.id)]


@command("sos.say", SaySos)
def say(context: Context, args: Args) -> list[Record]:
    """Say something to who has been called."""
    sos = _sos(context, args["id"])
    told = [saying(call, "them", args["words"], context.now) for call in calls(context, sos)]
    return [saying(sos, "me", args["words"], context.now), *told]


@command("sos.close", CloseSos)
def close(context: Context, args: Args) -> list[Record]:
    """It is over for now."""
    sos = _sos(context, args["id"], "closed")
    if sos.data["state"] == "closed":
        return [sos]
    return [*closed(context, sos), pointing(context.caller.user, None)]


@command("sos.turn", TurnSos, own=True)
def turn(context: Context, args: Args) -> list[Record]:
    """Call the next on the ladder: nobody has taken it yet."""
    sos = due_now(context, "sos", args)
    return climbed(context, sos) if sos is not None else []


def _sos(context: Context, name: str, *states: str) -> Record:
    """Return an SOS of the caller's that is not closed, or is in one of some states; raises NotFound, WrongState."""
    sos = context.view.get(Key(private(context.caller.user), "sos", name))
    if sos is None:
        raise NotFound("There is no such SOS.", field="id", id=name)
    if sos.data["state"] == "closed" and "closed" not in states:
        raise WrongState("This SOS is over.", field="id", state="closed")
    return sos
