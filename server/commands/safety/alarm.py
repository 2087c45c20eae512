"""An SOS that is open. It says what is so: who was called, whether it was seen, who took it."""

from dataclasses import replace

from server.commands.context import Context
from server.commands.safety.ladder import HEARD, climbed, supervisors
from server.commands.states import having, in_state, without
from sync.record import Key, Record, peer_space, private

OPEN = ("raised", "seen")  # states in which nobody has taken it
SAID = 100  # words kept of what was said meanwhile


def opened(context: Context, user: str) -> Record | None:
    """Return the SOS of somebody that is not closed, if there is one."""
    alarm = context.reads.get(_alarm(user))
    if alarm is None or alarm.data["open"] is None:
        return None
    return context.reads.get(Key(private(user), "sos", alarm.data["open"]))


def pointing(user: str, name: str | None) -> Record:
    """Return by what the open SOS of somebody is found."""
    key = _alarm(user)
    return Record(key.id, key.kind, key.space, user, {"open": name})


def calls(context: Context, sos: Record) -> list[Record]:
    """Return the calls of an SOS that are not over."""
    keys = [Key(private(user), "call", name) for user, name in sos.hidden["calls"].items()]
    found = [context.reads.get(key) for key in keys]
    return [call for call in found if call is not None and not call.deleted and call.data["state"] != "over"]


def closed(context: Context, sos: Record) -> list[Record]:
    """Return what changes when an SOS is over: nobody is called any more."""
    return [in_state(sos, "closed"), *(ended(one) for one in calls(context, sos))]


def said(context: Context, sos: Record, words: str) -> list[Record]:
    """Return an SOS and its calls with words of whoever raised it."""
    told = [saying(call, "them", words, context.now) for call in calls(context, sos)]
    return [saying(sos, "me", words, context.now), *told]


def hung_up(context: Context, one: str, other: str) -> list[Record]:
    """Return what changes when two part: neither is called for the other any more."""
    records = uncalled(context, one, other)
    return [*records, *uncalled(context.after(records), other, one)]


def released(context: Context, user: str, *roles: str) -> list[Record]:
    """Return what changes when somebody cannot be called any more, or not in some roles: others are."""
    records: list[Record] = []
    for call in _answerable(context, user):
        if not roles or call.data["as"] in roles:
            records += uncalled(context.after(records), call.hidden["user"], user)
    return records


def unsupervised(context: Context, user: str) -> list[Record]:
    """Return what changes when somebody supervises a specialist no more: they are not called for peers of others."""
    records: list[Record] = []
    for call in _answerable(context, user):
        if call.data["as"] == "supervisor" and user not in supervisors(context, call.hidden["user"]):
            records += uncalled(context.after(records), call.hidden["user"], user)
    return records


def uncalled(context: Context, user: str, called: str) -> list[Record]:
    """Return what changes if somebody is never called again for this SOS: if they had taken it, others are called."""
    sos = opened(context, user)
    if sos is None or called not in sos.hidden["calls"]:
        return []
    call = context.reads.get(Key(private(called), "call", sos.hidden["calls"][called]))
    gone = [ended(call)] if call is not None else []
    left = {"calls": without(sos.hidden["calls"], called), "never": [*sos.hidden.get("never", ()), called]}
    sos, context = replace(sos, hidden={**sos.hidden, **left}), context.after(gone)
    if sos.hidden.get("taker") == called:
        sos = replace(having(sos, taken=None), hidden={**sos.hidden, "taker": None})
        if sos.data["state"] == "taken":
            return [*climbed(context, again(sos)), *gone]
    if sos.data["state"] == "seen" and not any(one.data["state"] == "seen" for one in calls(context, sos)):
        sos = having(sos, state="raised")
    return [sos, *gone]


def again(sos: Record) -> Record:
    """Return an SOS for which all on the ladder are called anew."""
    return replace(having(sos, state="raised"), hidden={**sos.hidden, "rung": -1})


def ended(call: Record) -> Record:
    """Return a call that is over. Nothing of what was said is kept with it."""
    return replace(call, data={**call.data, "state": "over", "where": None, "words": None, "said": []})


def saying(record: Record, by: str, words: str, at: int) -> Record:
    """Return an SOS or a call with some words added."""
    most = HEARD if record.kind == "call" and record.data["state"] != "taken" else SAID
    return having(record, said=[*record.data["said"], {"by": by, "text": words, "at": at}][-most:])


def _answerable(context: Context, user: str) -> list[Record]:
    found = context.reads.of_kind(private(user), "call")
    return [call for call in found if not call.deleted and call.data["state"] != "over"]


def _alarm(user: str) -> Key:
    return Key(peer_space(user), "alarm", user)
