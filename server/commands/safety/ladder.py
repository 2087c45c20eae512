"""The ladder of an SOS: who is called next, and what they are told."""

from dataclasses import replace
from typing import Any

from server.commands.context import Context
from server.commands.matching import people
from server.commands.pairing.pairs import base32
from server.commands.personal.quiet_hours import calm_until
from server.commands.states import having
from server.matching.hours import SLOTS, slot, week
from server.matching.requester import hours_of
from server.trust.ladder import AGAIN, RUNGS
from sync.clock import MINUTE
from sync.record import Key, Record, pair_space, private

WATCH = Key("watch:all", "watch", "all")  # who is on call
ASKED = 50  # times somebody was called that are kept
HEARD = 5  # last words that somebody is shown who has not taken it; so many of them may be called at once


def climbed(context: Context, sos: Record) -> list[Record]:
    """Return what calling the next on the ladder changes. A rung with nobody on it costs no time."""
    for number in range(sos.hidden["rung"] + 1, len(RUNGS)):
        found = _on(context, RUNGS[number].who, sos)
        if found:
            records = [_called(context, sos, user, RUNGS[number].who) for user in found]
            names = {**sos.hidden["calls"], **{call.author: call.id for call in records}}
            hidden = {**sos.hidden, "rung": number, "calls": names}
            asked = _asked(sos, RUNGS[number].who, context.now)
            due = context.now + RUNGS[number].minutes * MINUTE
            return [replace(having(sos, asked=asked), hidden=hidden, due=due), *records]
    asked = sos.data["asked"] or _asked(sos, "nobody", context.now)
    return [replace(having(sos, asked=asked), hidden={**sos.hidden, "rung": -1}, due=context.now + AGAIN)]


def heard(sos: Record) -> list[dict[str, Any]]:
    """Return what was said, as whoever is called reads it."""
    return [{**one, "by": "them"} if one["by"] == "me" else one for one in sos.data["said"]]


def may_be_called(context: Context, user: str, other: str) -> bool:
    """Tell whether somebody may be called for somebody else: they are in service, and neither keeps from the other."""
    return not (user == other or people.specialist(context, other).data.get("gone") or _are_apart(context, user, other))


def supervisors(context: Context, user: str) -> set[str]:
    """Return who supervises the specialists of somebody now, and them, if they are one."""
    specialists = (*people.peer(context, user).data["pairings"].values(), user)
    named = (people.supervisor_of(context, one) for one in specialists)
    return {one for one in named if one is not None}


def _asked(sos: Record, who: str, now: int) -> list[dict[str, Any]]:
    return [*sos.data["asked"], {"who": who, "at": now}][-ASKED:]


def _called(context: Context, sos: Record, user: str, who: str) -> Record:
    """Return the call of somebody, or the same call once more: louder, if they are called as who is on call now."""
    name = base32(context.derive("call", sos.author, sos.id, user))[:26].lower()
    key = Key(private(user), "call", name)
    again = context.reads.get(key)
    if again is not None and again.data["state"] != "over":
        return having(again, again_at=context.now, **({"as": who} if who == "on_call" else {}))
    data = {
        "state": "open",
        "raised_at": sos.data["raised_at"],
        "as": who,
        "where": _pairing(context, sos.author, user) if who == "specialist" else None,
        "words": sos.data["words"],
        "said": heard(sos)[-HEARD:],
    }
    return Record(name, key.kind, key.space, user, data, hidden={"user": sos.author, "sos": sos.id})


def _on(context: Context, who: str, sos: Record) -> list[str]:
    """Return who stands on a rung of the ladder now, for somebody; not who has gone, nor who is there already."""
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
    """Tell whether two are not to meet, because either of them does not want to."""
    pairs = ((people.peer(context, user), other), (people.peer(context, other), user))
    return any(people.has_blocked(one, two) or people.excluded(one, two, context.now) for one, two in pairs)


def _pairing(context: Context, peer: str, specialist: str) -> str | None:
    found = people.peer(context, peer).data["pairings"]
    return next((pair_space(name) for name, user in sorted(found.items()) if user == specialist), None)
