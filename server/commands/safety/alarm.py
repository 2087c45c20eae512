"""An SOS that is open: who was called, whether it was seen, who took it, and who on the ladder is called next."""

from dataclasses import replace
from typing import Any

from server.commands.context import Context, is_demo
from server.commands.matching import people
from server.commands.personal.quiet import calm_until
from server.commands.states import in_state, with_data, without, written_by
from server.matching.clearance import suspended_until
from server.matching.hours import SLOTS, slot, week
from server.matching.requester import hours_of
from server.trust.ladder import AGAIN, RUNGS
from sync.clock import MINUTE
from sync.record import Key, Record, pair_space, peer_space, private

WATCH = Key("watch:all", "watch", "all")  # the one record of the users who are on call
ASKED = 50  # entries kept of which rung was called, and when
HEARD = 5  # latest words shown to a user who has not taken the call: few, because many users may be called
OPEN = ("raised", "seen")  # states in which nobody has taken the SOS
SAID = 100  # entries kept of what was said during an SOS


def opened(context: Context, user: str) -> Record | None:
    """Return the SOS of a user that is not closed, or None."""
    alarm = context.reads.get(_alarm(user))
    if alarm is None or alarm.data["open"] is None:
        return None
    return context.reads.get(Key(private(user), "sos", alarm.data["open"]))


def pointing(user: str, name: str | None) -> Record:
    """Return the record that names the open SOS of a user; ``name`` is None if no SOS is open."""
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
    """Return an SOS and its calls, with words of the user who raised it added."""
    told = [saying(call, "them", words, context.now) for call in calls(context, sos)]
    return [saying(sos, "me", words, context.now), *told]


def hung_up(context: Context, one: str, other: str) -> list[Record]:
    """Return what changes when two users part: neither is called for the other any more."""
    records = uncalled(context, one, other)
    return [*records, *uncalled(context.after(records), other, one)]


def released(context: Context, user: str, *roles: str) -> list[Record]:
    """Return what changes when a user cannot be called any more (only in ``roles``, if given): others are called."""
    records: list[Record] = []
    for call in _answerable(context, user):
        if not roles or call.data["as"] in roles:
            records += uncalled(context.after(records), call.hidden["user"], user)
    return records


def unsupervised(context: Context, user: str) -> list[Record]:
    """Return what changes when a user no longer supervises a specialist: their calls as that supervisor end."""
    records: list[Record] = []
    for call in _answerable(context, user):
        if call.data["as"] == "supervisor" and user not in supervisors(context, call.hidden["user"]):
            records += uncalled(context.after(records), call.hidden["user"], user)
    return records


def uncalled(context: Context, user: str, called: str) -> list[Record]:
    """Return what changes when ``called`` is never called again for ``user``; an SOS that they took goes to others."""
    sos = opened(context, user)
    if sos is None or called not in sos.hidden["calls"]:
        return []
    call = context.reads.get(Key(private(called), "call", sos.hidden["calls"][called]))
    gone = [ended(call)] if call is not None else []
    left = {"calls": without(sos.hidden["calls"], called), "never": [*sos.hidden.get("never", ()), called]}
    sos, context = replace(sos, hidden={**sos.hidden, **left}), context.after(gone)
    if sos.hidden.get("taker") == called:
        sos = replace(with_data(sos, taken=None), hidden={**sos.hidden, "taker": None})
        if sos.data["state"] == "taken":
            return [*climbed(context, again(sos)), *gone]
    if sos.data["state"] == "seen" and not any(one.data["state"] == "seen" for one in calls(context, sos)):
        sos = with_data(sos, state="raised")
    return [sos, *gone]


def again(sos: Record) -> Record:
    """Return an SOS for which the ladder starts again at its first rung."""
    return replace(with_data(sos, state="raised"), hidden={**sos.hidden, "rung": -1})


def ended(call: Record) -> Record:
    """Return a call that is over, without the words that were said."""
    return replace(call, data={**call.data, "state": "over", "where": None, "words": None, "said": []})


def saying(record: Record, by: str, words: str, at: int) -> Record:
    """Return an SOS or a call with some words added."""
    most = HEARD if record.kind == "call" and record.data["state"] != "taken" else SAID
    return with_data(record, said=[*record.data["said"], {"by": by, "text": words, "at": at}][-most:])


def _answerable(context: Context, user: str) -> list[Record]:
    found = context.reads.of_kind(private(user), "call")
    return [call for call in found if not call.deleted and call.data["state"] != "over"]


def _alarm(user: str) -> Key:
    return Key(peer_space(user), "alarm", user)


def climbed(context: Context, sos: Record) -> list[Record]:
    """Return what calling the next rung of the ladder changes. A rung with nobody on it is skipped at once."""
    for number in range(sos.hidden["rung"] + 1, len(RUNGS)):
        found = _on(context, RUNGS[number].who, sos)
        if found:
            records = [_called(context, sos, user, RUNGS[number].who) for user in found]
            names = {**sos.hidden["calls"], **{call.author: call.id for call in records}}
            hidden = {**sos.hidden, "rung": number, "calls": names}
            asked = _asked(sos, RUNGS[number].who, context.now)
            due = context.now + RUNGS[number].minutes * MINUTE
            return [replace(with_data(sos, asked=asked), hidden=hidden, due=due), *records]
    asked = sos.data["asked"] or _asked(sos, "nobody", context.now)
    return [replace(with_data(sos, asked=asked), hidden={**sos.hidden, "rung": -1}, due=context.now + AGAIN)]


def heard(sos: Record) -> list[dict[str, Any]]:
    """Return the words of an SOS as a called user reads them: "me" becomes "them"."""
    return [{**one, "by": "them"} if one["by"] == "me" else one for one in sos.data["said"]]


def may_be_called(context: Context, user: str, other: str) -> bool:
    """Tell whether ``other`` may be called for ``user``: they are in service, and neither has excluded the other.

    For a demo account only the other demo account is called, and a demo account is called for no other user.
    """
    if is_demo(user) != is_demo(other):
        return False
    data = people.specialist(context, other).data
    is_away = data.get("gone") or context.now < suspended_until(data)
    return not (user == other or is_away or _are_apart(context, user, other))


def supervisors(context: Context, user: str) -> set[str]:
    """Return the present supervisors of a user's specialists and, if the user is a specialist, their own."""
    specialists = (*people.peer(context, user).data["pairings"].values(), user)
    named = (people.supervisor_of(context, one) for one in specialists)
    return {one for one in named if one is not None}


def _asked(sos: Record, who: str, now: int) -> list[dict[str, Any]]:
    return [*sos.data["asked"], {"who": who, "at": now}][-ASKED:]


def _called(context: Context, sos: Record, user: str, who: str) -> Record:
    """Return a new call of a user, or their open call, called again; a call as ``on_call`` is urgent."""
    name = context.derived_id("call", sos.author, sos.id, user)
    key = Key(private(user), "call", name)
    again = context.reads.get(key)
    if again is not None and again.data["state"] != "over":
        return with_data(again, again_at=context.now, **({"as": who} if who == "on_call" else {}))
    data = {
        "state": "open",
        "raised_at": sos.data["raised_at"],
        "as": who,
        "where": _pairing(context, sos.author, user) if who == "specialist" else None,
        "words": sos.data["words"],
        "said": heard(sos)[-HEARD:],
    }
    call = Record(name, key.kind, key.space, user, data, hidden={"user": sos.author, "sos": sos.id})
    return written_by(sos.space, call, "words", "said")


def _on(context: Context, who: str, sos: Record) -> list[str]:
    """Return the users on a rung who can be called now for an SOS, without its taker and users not to be called."""
    user = sos.author
    own = [people.specialist(context, one) for one in people.peer(context, user).data["pairings"].values()]
    if who == "specialist":
        there = [one.id for one in own if _on_shift(context, one.data.get("availability"))]
        found = [one for one in there if _is_loud(context, one)]
    elif who == "on_call":
        watch = context.reads.get(WATCH)
        rows: dict[str, Any] = watch.data["people"] if watch is not None else {}
        found = [one for one, row in rows.items() if _on_shift(context, row["hours"])]
    else:
        found = [one for one in supervisors(context, user) if _is_loud(context, one)]
    without = {*sos.hidden.get("never", ()), sos.hidden.get("taker")}
    return sorted(one for one in {*found} - without if may_be_called(context, user, one))


def _on_shift(context: Context, availability: Any) -> bool:
    hours = hours_of(availability)
    return hours is not None and bool(week(hours, context.now) >> (slot(context.now) % SLOTS) & 1)


def _is_loud(context: Context, user: str) -> bool:
    return calm_until(context, user, context.now) == context.now


def _are_apart(context: Context, user: str, other: str) -> bool:
    """Tell whether two users are not to meet, because one of them excluded or blocked the other."""
    pairs = ((people.peer(context, user), other), (people.peer(context, other), user))
    return any(people.has_blocked(one, two) or people.excluded(one, two, context.now) for one, two in pairs)


def _pairing(context: Context, peer: str, specialist: str) -> str | None:
    found = people.peer(context, peer).data["pairings"]
    return next((pair_space(name) for name, user in sorted(found.items()) if user == specialist), None)
