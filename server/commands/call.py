"""Calls for help, as those have them who are called."""

from schemas.sos import ReleaseCall, SayCall, SeeCall, TakeCall
from server.command import Args, Context, command
from server.commands import people
from server.commands.alarms import OPEN, calls, ended, saying, uncalled
from server.commands.shared import put
from server.errors import NotFound, WrongState
from server.records import Key, Record, private


@command("call.see", SeeCall)
def see(context: Context, args: Args) -> list[Record]:
    """I have seen that somebody needs someone."""
    call, sos = _call(context, args["id"])
    if call.data["state"] != "open":
        return [call]
    seen = [people.having(sos, state="seen")] if sos.data["state"] == "raised" else []
    return [people.having(call, state="seen"), *seen]


@command("call.take", TakeCall)
def take(context: Context, args: Args) -> list[Record]:
    """I am there for them now."""
    call, sos = _call(context, args["id"])
    if call.data["state"] == "taken":
        return [call]
    if sos.data["state"] not in OPEN:
        raise WrongState("Somebody else has taken it.", field="id", state="over")
    others = [ended(one) for one in calls(context, sos) if one.id != call.id]
    taken = {"by": call.data["as"], "at": context.now, "where": call.data["where"]}
    return [people.having(call, state="taken"), put(sos, "taken", taken=taken), *others]


@command("call.say", SayCall)
def say(context: Context, args: Args) -> list[Record]:
    """Say something to somebody whose call I took."""
    call, sos = _call(context, args["id"])
    if call.data["state"] != "taken":
        raise WrongState("Take the call first.", field="id", state=call.data["state"])
    return [
        saying(call, "me", args["words"], context.now),
        saying(sos, call.data["as"], args["words"], context.now),
    ]


@command("call.release", ReleaseCall, own=True)
def release(context: Context, args: Args) -> list[Record]:
    """Call somebody no more who deletes their account; if they had taken it, others are called at once."""
    call = context.view.get(Key(private(args["user"]), "call", args["id"]))
    return [] if call is None else uncalled(context, call.hidden["user"], args["user"])


def _call(context: Context, name: str) -> tuple[Record, Record]:
    """Return a call of the caller's, and the SOS that it is about; raises NotFound, or WrongState if it is over."""
    call = context.view.get(Key(private(context.caller.user), "call", name))
    if call is None:
        raise NotFound("There is no such call.", field="id", id=name)
    sos = context.view.get(Key(private(call.hidden["user"]), "sos", call.hidden["sos"]))
    if call.data["state"] == "over" or sos is None:
        raise WrongState("It is over, or somebody else has taken it.", field="id", state="over")
    return call, sos
