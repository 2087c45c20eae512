"""Pending notifications: one record `bell` for each user, which holds all of them, with a due time for each level.

``dues`` is {level: {at, ring, about, tries?}}, and ``told`` is {device: the device's state}: see `schemas/bell.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from schemas.bell import ABOUT, RingBell, SettleBell
from server.commands.context import Args, Context, command
from server.commands.states import with_data, without
from sync.record import Key, Record, notification_space

EMPTY = {"dues": {}, "rings": 0, "badge": 0}
URGENT = 3  # the level that breaks quiet hours

About = list[list[Any]]  # [[space, kind, id, seq]…]


@command("bell.ring", RingBell, internal=True)
def ring(context: Context, args: Args) -> list[Record]:
    """Let a user's devices be notified at a time. Notifications of one level that are held become one.

    A notification that is already due may be in the middle of being sent. The new number ``ring`` keeps the level due
    when that notification is settled.
    """
    bell, level, at = _bell(context, args), str(args["level"]), args["at"]
    before = bell.data["dues"].get(level, {"at": at, "about": []})
    rung = with_data(bell, rings=bell.data["rings"] + 1)
    about = joined(before["about"], args["about"])
    due = {"at": min(at, before["at"]), "ring": rung.data["rings"], "about": about}
    return [_due(rung, {**bell.data["dues"], level: due})]


@command("bell.settle", SettleBell, internal=True)
def settle(context: Context, args: Args) -> list[Record]:
    """Store what became of notifications, by level: done, or due again. A level that rang since then stays due."""
    bell = with_data(_bell(context, args), badge=args["badge"])
    if "told" in args:
        bell = with_data(bell, told=args["told"])
    dues = dict(bell.data["dues"])
    for level, fate in args["done"].items():
        if level in dues and dues[level]["ring"] == fate["ring"]:
            later = {"tries": fate["tries"]} if "tries" in fate else {}
            again = {} if fate["again"] is None else {level: {**dues[level], **later, "at": fate["again"]}}
            dues = without(dues, level) | again
    return [_due(bell, dues)]


def joined(before: Sequence[Sequence[Any]], more: Sequence[Sequence[Any]]) -> About:
    """Return two lists of changes merged: the later change of each record, and only the last ABOUT entries."""
    seqs: dict[Key, int] = {}
    for entry in (*before, *more):
        key, seq = change(entry)
        seqs[key] = max(seq, seqs.pop(key, 0))
    return [[*key, seq] for key, seq in seqs.items()][-ABOUT:]


def change(entry: Sequence[Any]) -> tuple[Key, int]:
    """Return the key of a record and the seq of its change, from an entry of ``about``; seq 0 if the entry has none."""
    space, kind, name, *seq = entry
    return Key(space, kind, name), int(seq[0]) if seq else 0


def _due(bell: Record, dues: Mapping[str, Mapping[str, Any]]) -> Record:
    return replace(with_data(bell, dues=dues), due=min((due["at"] for due in dues.values()), default=None))


def bell_of(user: str) -> dict[str, str]:
    """Return {space, id} of a user's bell, the arguments of its commands: so that many bells are read at once."""
    return {"space": notification_space(user), "id": user}


def bell_key(user: str) -> Key:
    """Return the key of the bell of a user."""
    return Key(notification_space(user), "bell", user)


def _bell(context: Context, args: Args) -> Record:
    key = Key(args["space"], "bell", args["id"])
    return context.reads.get(key) or Record(key.id, key.kind, key.space, key.id, EMPTY)
