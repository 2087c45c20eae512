"""Calls for help, as those have them who are called."""

from dataclasses import replace

from schemas.errors import NotFound, WrongState
from schemas.sos import SayCall, SeeCall, TakeCall
from server.commands.context import Args, Context, command
from server.commands.safety.alarm import OPEN, calls, ended, saying
from server.commands.safety.ladder import heard, may_be_called
from server.commands.states import having, in_state
from sync.record import Key, Record, private


@command("call.see", SeeCall)
def see(context: Context, args: Args) -> list[Record]:
    """I have seen that somebody needs someone."""
    call, sos = _call(context, args["id"])
    if call.data["state"] != "open":
        return [call]
    seen = [having(sos, state="seen")] if sos.data["state"] == "raised" else []
    return [having(call, state="seen"), *seen]


@command("call.take", TakeCall)
def take(context: Context, args: Args) -> list[Record]:
    """I am there for them now."""
    call, sos = _call(context, args["id"])
    if call.data["state"] == "taken":
        return [call]
    if sos.data["state"] not in OPEN or not may_be_called(context, sos.author, context.caller.user):
        raise WrongState("Somebody else has taken it, or you are not called any more.", field="id", state="over")
    others = [one for one in calls(context, sos) if one.id != call.id and one.data["state"] != "taken"]
    taken = {"by": call.data["as"], "at": context.now, "where": call.data["where"]}
    there = replace(in_state(sos, "taken", taken=taken), hidden={**sos.hidden, "taker": context.caller.user})
    return [having(call, state="taken", said=heard(sos)), there, *(ended(one) for one in others)]


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


def _call(context: Context, name: str) -> tuple[Record, Record]:
    """Return a call of the caller's, and the SOS that it is about; raises NotFound, or WrongState if it is over."""
    call = context.reads.get(Key(private(context.caller.user), "call", name))
    if call is None:
        raise NotFound("There is no such call.", field="id", id=name)
    sos = context.reads.get(Key(private(call.hidden["user"]), "sos", call.hidden["sos"]))
    if call.data["state"] == "over" or sos is None:
        raise WrongState("It is over, or somebody else has taken it.", field="id", state="over")
    return call, sos
