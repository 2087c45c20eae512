"""SOS: raised by whoever needs somebody now."""

from dataclasses import replace
from typing import Any

from schemas.errors import IdTaken, NotFound, WrongState
from schemas.sos import WORDS, CloseSos, RaiseSos, SaySos, TurnSos
from server.commands.context import Args, Context, command
from server.commands.safety.alarm import again, closed, opened, pointing, said
from server.commands.safety.ladder import climbed
from server.commands.states import due_now
from sync.clock import DAY
from sync.record import Key, Record, private

RAISES = 50  # that are known to be the same SOS


@command("sos.raise", RaiseSos)
def call(context: Context, args: Args) -> list[Record]:
    """I need somebody now. As long as one is open, another is the same; if somebody has taken it, others are called."""
    user, words = context.caller.user, (args.get("words") or "").strip()[:WORDS] or None
    before = opened(context, user)
    if before is not None:
        return _once_more(context, before, args["id"], words)
    if context.reads.get(Key(private(user), "sos", args["id"])) is not None:
        raise IdTaken("Another SOS has this id.", field="id", id=args["id"])
    # A phone may say that it was raised earlier, but one whose clock is wrong says any time: a day at most.
    raised_at = max(context.stamp.at, context.now - DAY)
    data: dict[str, Any] = {"state": "raised", "raised_at": raised_at, "words": words}
    data |= {"asked": [], "taken": None, "said": []}
    hidden = {"rung": -1, "calls": {}, "raises": {args["id"]: list(context.stamp)}}
    sos = Record(args["id"], "sos", private(user), user, data, hidden=hidden)
    return [*climbed(context, sos), pointing(user, sos.id)]


@command("sos.say", SaySos)
def say(context: Context, args: Args) -> list[Record]:
    """Say something to who has been called."""
    return said(context, _sos(context, args["id"]), args["words"])


@command("sos.close", CloseSos)
def close(context: Context, args: Args) -> list[Record]:
    """It is over for now, unless another was raised after that was said: a call for help overtakes what was before."""
    sos = _sos(context, args["id"], "closed")
    others = (stamp for name, stamp in sos.hidden.get("raises", {}).items() if name != args["id"])
    if sos.data["state"] == "closed" or any(tuple(stamp[:2]) >= context.stamp[:2] for stamp in others):
        return [sos]
    return [*closed(context, sos), pointing(context.caller.user, None)]


@command("sos.turn", TurnSos, internal=True)
def turn(context: Context, args: Args) -> list[Record]:
    """Call the next on the ladder: nobody has taken it yet."""
    sos = due_now(context, "sos", args)
    return climbed(context, sos) if sos is not None else []


def _once_more(context: Context, sos: Record, name: str, words: str | None) -> list[Record]:
    """Return what changes when an SOS is raised that is open already. Whoever is there stays there."""
    raises = sos.hidden.get("raises", {})
    if name in raises:
        return [sos]
    kept = dict([*raises.items(), (name, list(context.stamp))][-RAISES:])
    sos = replace(sos, hidden={**sos.hidden, "raises": kept})
    told = said(context, sos, words) if words else [sos]
    if sos.data["state"] != "taken":
        return told
    return [*told[1:], *climbed(context.after(told), again(told[0]))]


def _sos(context: Context, name: str, *states: str) -> Record:
    """Return an SOS of the caller's that is not closed, or is in one of some states; raises NotFound, WrongState.

    One that was raised while another was open goes by both names.
    """
    sos, now = context.reads.get(Key(private(context.caller.user), "sos", name)), opened(context, context.caller.user)
    if sos is None and now is not None and name in now.hidden.get("raises", {}):
        sos = now
    if sos is None:
        raise NotFound("There is no such SOS.", field="id", id=name)
    if sos.data["state"] == "closed" and "closed" not in states:
        raise WrongState("This SOS is over.", field="id", state="closed")
    return sos
