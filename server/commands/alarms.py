"""An SOS on its way up the ladder. It says what is so: who was called, whether it was seen, who took it."""

from dataclasses import replace
from typing import Any

from server.command import Context
from server.commands import people
from server.commands.calm import calm_until
from server.commands.pairs import base32
from server.commands.shared import put
from server.matching.hours import SLOTS, slot, week
from server.matching.seeker import hours_of
from server.records import Key, Record, match_of, private
from server.trust.ladder import AGAIN, MINUTE, RUNGS

WATCH = Key("watch:all", "watch", "all")  # who is on call
OPEN = ("raised", "seen")  # states in which nobody has taken it
SAID = 100  # words kept of what was said meanwhile


def climbed(context: Context, sos: Record) -> list[Record]:
    """Return what calling the next on the ladder changes. A rung with nobody on it costs no time."""
    rung, records = sos.hidden["rung"], list[Record]()
    for number in range(rung + 1, len(RUNGS)):
        found = _on(context, RUNGS[number].who, sos)
        if found:
            asked = [*sos.data["asked"], {"who": RUNGS[number].who, "at": context.now}]
            records = [_called(context, sos, user, RUNGS[number].who) for user in found]
            names = {**sos.hidden["calls"], **{call.author: call.id for call in records}}
            sos = replace(people.having(sos, asked=asked), hidden={**sos.hidden, "rung": number, "calls": names})
            return [replace(sos, due=context.now + RUNGS[number].minutes * MINUTE), *records]
    asked = sos.data["asked"]
    if not asked:
        asked = [{"who": "nobody", "at": context.now}]
    return [replace(people.having(sos, asked=asked), hidden={**sos.hidden, "rung": -1}, due=context.now + AGAIN)]


def opened(context: Context, user: str) -> Record | None:
    """Return the SOS of somebody that is not closed, if there is one."""
    alarm = context.view.get(_alarm(user))
    if alarm is None or alarm.data["open"] is None:
        return None
    return context.view.get(Key(private(user), "sos", alarm.data["open"]))


def pointing(user: str, name: str | None) -> Record:
    """Return by what the open SOS of somebody is found."""
    key = _alarm(user)
    return Record(key.id, key.kind, key.space, user, {"open": name})


def calls(context: Context, sos: Record) -> list[Record]:
    """Return the calls of an SOS that are not over."""
    keys = [Key(private(user), "call", name) for user, name in sos.hidden["calls"].items()]
    found = [context.view.get(key) for key in keys]
    return [call for call in found if call is not None and not call.deleted and call.data["state"] != "over"]


def closed(context: Context, sos: Record) -> list[Record]:
    """Return what changes when an SOS is over: nobody is called any more."""
    return [put(sos, "closed"), *(ended(one) for one in calls(context, sos))]


def uncalled(context: Context, user: str, called: str) -> list[Record]:
    """Return what changes if somebody is never called again for this SOS: if they had taken it, others are called."""
    sos = opened(context, user)
    if sos is None or called not in sos.hidden["calls"]:
        return []
    call = context.view.get(Key(private(called), "call", sos.hidden["calls"][called]))
    had_taken = call is not None and call.data["state"] == "taken"
    gone = [ended(call)] if call is not None else []
    without = {"calls": people.without(sos.hidden["calls"], called), "never": [*sos.hidden.get("never", ()), called]}
    sos = replace(sos, hidden={**sos.hidden, **without})
    if not had_taken:
        return [sos, *gone]
    again = replace(people.having(sos, state="raised", taken=None), hidden={**sos.hidden, "rung": -1})
    return [*climbed(context.after(gone), again), *gone]


def ended(call: Record) -> Record:
    """Return a call that is over. Nothing of what was said is kept with it."""
    return replace(call, data={**call.data, "state": "over", "where": None, "words": None, "said": []})


def saying(record: Record, by: str, words: str, at: int) -> Record:
    """Return an SOS or a call with some words added."""
    return people.having(record, said=[*record.data["said"], {"by": by, "text": words, "at": at}][-SAID:])


def _called(context: Context, sos: Record, user: str, who: str) -> Record:
    """Return the call of somebody, or the same call once more."""
    name = base32(context.derive("call", sos.author, sos.id, user))[:26].lower()
    key = Key(private(user), "call", name)
    again = context.view.get(key)
    if again is not None and again.data["state"] != "over":
        return people.having(again, again_at=context.now)
    data = {
        "state": "open",
        "raised_at": sos.data["raised_at"],
        "as": who,
        "where": _pairing(context, sos.author, user) if who == "specialist" else None,
        "words": sos.data["words"],
        "said": [{**one, "by": "them"} if one["by"] == "me" else one for one in sos.data["said"]],
    }
    return Record(name, key.kind, key.space, user, data, hidden={"user": sos.author, "sos": sos.id})


def _on(context: Context, who: str, sos: Record) -> list[str]:
    """Return who stands on a rung of the ladder now, for somebody; never themselves, nor who has gone."""
    user, gone = sos.author, sos.hidden.get("never", ())
    own = [people.specialist(context, one) for one in people.peer(context, user).data["pairings"].values()]
    if who == "specialist":
        there = [one.id for one in own if _on_shift(context, one.data.get("availability"))]
        found = [one for one in there if _is_loud(context, one)]
    elif who == "on_call":
        watch = context.view.get(WATCH)
        rows: dict[str, Any] = watch.data["people"] if watch is not None else {}
        found = [one for one, row in rows.items() if _on_shift(context, row["hours"])]
    else:
        told = [*own, people.specialist(context, user)]
        named = [(one.data.get("credential") or {}).get("supervisor") for one in told]
        found = [one for one in named if one is not None and _is_loud(context, one)]
    return sorted({one for one in found if one != user and one not in gone and not _are_apart(context, user, one)})


def _on_shift(context: Context, availability: Any) -> bool:
    hours = hours_of(availability)
    return hours is not None and bool(week(hours, context.now) >> (slot(context.now) % SLOTS) & 1)


def _is_loud(context: Context, user: str) -> bool:
    return calm_until(context, user, context.now) == context.now


def _are_apart(context: Context, user: str, other: str) -> bool:
    """Tell whether one of two has blocked the other, whichever of them is a peer."""
    return people.has_blocked(people.peer(context, user), other) or people.has_blocked(
        people.peer(context, other), user
    )


def _pairing(context: Context, peer: str, specialist: str) -> str | None:
    found = people.peer(context, peer).data["pairings"]
    return next((f"pair:{name}" for name, user in sorted(found.items()) if user == specialist), None)


def _alarm(user: str) -> Key:
    return Key(match_of(user), "alarm", user)
