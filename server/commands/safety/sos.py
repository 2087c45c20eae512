"""SOS: raised by a user who needs somebody now, and answered by those who are called."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.errors import IdTaken, NotFound, WrongState
from schemas.sos import WORDS, CloseSos, RaiseSos, SayCall, SaySos, SeeCall, TakeCall, TurnSos
from schemas.text import cut
from server.commands.context import Args, Context, command
from server.commands.due import on_due
from server.commands.safety.alarm import (
    OPEN,
    again,
    calls,
    climbed,
    closed,
    ended,
    heard,
    may_be_called,
    opened,
    pointing,
    said,
    saying,
)
from server.commands.states import due_now, in_state, with_data
from sync.clock import DAY, HOUR
from sync.record import FAR, Key, Record, private

AHEAD = HOUR  # ms: a clock that was ahead by more, and now is not, has been corrected since
RAISES = 50  # raises of one open SOS whose ids and times are kept


@command("sos.raise", RaiseSos, exempt=True)
def call(context: Context, args: Args) -> list[Record]:
    """Raise an SOS: I need somebody now. While one is open it stays the same SOS; if it is taken, others are called."""
    user, words = context.caller.user, cut((args.get("words") or "").strip(), WORDS) or None
    before = opened(context, user)
    if before is not None:
        return _once_more(context, before, args["id"], words)
    if context.reads.get(Key(private(user), "sos", args["id"])) is not None:
        raise IdTaken("Another SOS has this id.", field="id", id=args["id"])
    # A phone may say that the SOS was raised earlier. Its clock may be wrong, so this is a day ago at most.
    raised_at = max(context.told().at, context.now - DAY)
    data: dict[str, Any] = {"state": "raised", "raised_at": raised_at, "words": words}
    data |= {"asked": [], "taken": None, "said": []}
    hidden = {"rung": -1, "calls": {}, **_raises(context, {}, args["id"])}
    sos = Record(args["id"], "sos", private(user), user, data, hidden=hidden)
    return [*climbed(context, sos), pointing(user, sos.id)]


@command("sos.say", SaySos, exempt=True)
def say(context: Context, args: Args) -> list[Record]:
    """Say something to the people who have been called."""
    return said(context, _sos(context, args["id"]), args["words"])


@command("sos.close", CloseSos, exempt=True)
def close(context: Context, args: Args) -> list[Record]:
    """Close my SOS, unless I raised it again after I sent this: raising overtakes earlier mutations of a phone."""
    sos = _sos(context, args["id"], "closed")
    others = (name for name in sos.hidden.get("raises", {}) if name != args["id"])
    if sos.data["state"] == "closed" or any(_is_later(context, sos, name) for name in others):
        return [sos]
    return [*closed(context, sos), pointing(context.caller.user, None)]


@on_due("sos", "turn", TurnSos)
def turn(context: Context, args: Args) -> list[Record]:
    """Call the next people on the ladder, because nobody has taken the SOS yet."""
    sos = due_now(context, "sos", args)
    return climbed(context, sos) if sos is not None else []


def _once_more(context: Context, sos: Record, name: str, words: str | None) -> list[Record]:
    """Return what changes when an open SOS is raised again. The user who has taken it stays with it."""
    if name in sos.hidden.get("raises", {}):
        return [sos]
    sos = replace(sos, hidden={**sos.hidden, **_raises(context, sos.hidden, name)})
    told = said(context, sos, words) if words else [sos]
    if sos.data["state"] != "taken":
        return told
    return [*told[1:], *climbed(context.after(told), again(told[0]))]


def _raises(context: Context, hidden: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return {claims, raises} with one more raise: its time by the phone's clock, and that time if it is plausible."""
    times = {"claims": context.claimed, "raises": context.told()}
    return {one: dict([*hidden.get(one, {}).items(), (name, list(at))][-RAISES:]) for one, at in times.items()}


def _is_later(context: Context, sos: Record, name: str) -> bool:
    """Tell whether an SOS was raised as ``name`` after the caller's mutation was written.

    A phone's own clock orders that phone's mutations, however wrong it is. Between two phones, or if a clock that was
    far ahead has been corrected since, only plausible times are compared.
    """
    told, now = sos.hidden["raises"][name], context.told()
    claimed = sos.hidden.get("claims", {}).get(name, told)
    was_set_right = claimed[0] > told[0] + AHEAD and context.claimed == now
    if claimed[2] == context.claimed.device and not was_set_right:
        return tuple(claimed[:2]) >= context.claimed[:2]
    return tuple(told[:2]) >= now[:2]


def _sos(context: Context, name: str, *states: str) -> Record:
    """Return an SOS of the caller's; raises NotFound, or WrongState if it is closed and ``states`` has no "closed".

    An SOS that was raised again while it was open has several ids; each of them finds it.
    """
    sos, now = context.reads.get(Key(private(context.caller.user), "sos", name)), opened(context, context.caller.user)
    if sos is None and now is not None and name in now.hidden.get("raises", {}):
        sos = now
    if sos is None:
        raise NotFound("There is no such SOS.", field="id", id=name)
    if sos.data["state"] == "closed" and "closed" not in states:
        raise WrongState("This SOS is over.", field="id", state="closed")
    return sos


@command("call.see", SeeCall, exempt=True)
def see(context: Context, args: Args) -> list[Record]:
    """Say that I have seen a call. Others are still called."""
    call, sos = _call(context, args["id"])
    if call.data["state"] != "open":
        return [call]
    seen = [with_data(sos, state="seen")] if sos.data["state"] == "raised" else []
    return [with_data(call, state="seen"), *seen]


@command("call.take", TakeCall, exempt=True)
def take(context: Context, args: Args) -> list[Record]:
    """Take a call: I am there for this person now."""
    call, sos = _call(context, args["id"])
    if call.data["state"] == "taken":
        return [call]
    if sos.data["state"] not in OPEN or not may_be_called(context, sos.author, context.caller.user):
        raise WrongState("Somebody else has taken this call, or you are not called any more.", field="id", state="over")
    others = [one for one in calls(context, sos) if one.id != call.id and one.data["state"] != "taken"]
    taken = {"by": call.data["as"], "at": context.now, "where": call.data["where"]}
    there = replace(in_state(sos, "taken", taken=taken), hidden={**sos.hidden, "taker": context.caller.user}, due=FAR)
    return [with_data(call, state="taken", said=heard(sos)), there, *(ended(one) for one in others)]


@command("call.say", SayCall, exempt=True)
def answer(context: Context, args: Args) -> list[Record]:
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
        raise WrongState("This call is over, or somebody else has taken it.", field="id", state="over")
    return call, sos
