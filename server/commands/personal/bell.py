"""Notifications that are to be sent: one record for each user, however many there are, with due times by level."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.bell import RingBell, SettleBell
from server.commands.context import Args, Context, command
from server.commands.personal.quiet import calm_until
from server.commands.states import with_data, without
from sync.record import Key, Record, notification_space

EMPTY = {"dues": {}, "rings": 0, "badge": 0}  # dues: {level: {at, ring, about, left?, tries?}}
URGENT = 3  # the level that breaks quiet hours
ABOUT = 20  # keys kept of the records that a notification is about


@command("bell.ring", RingBell, internal=True)
def ring(context: Context, args: Args) -> list[Record]:
    """Let a user's devices be notified at a time, or when their quiet hours are over. Held notifications become one.

    A notification that is already due may be on its way. The new number ``ring`` keeps the level due when that
    notification is settled.
    """
    bell, level = _bell(context, args["user"]), str(args["level"])
    at = args["at"] if args["level"] == URGENT else calm_until(context, args["user"], args["at"])
    before = bell.data["dues"].get(level, {"at": at, "about": []})
    rung = with_data(bell, rings=bell.data["rings"] + 1)
    about = [*(one for one in before["about"] if one not in args["about"]), *args["about"]][-ABOUT:]
    due = {"at": min(at, before["at"]), "ring": rung.data["rings"], "about": about}
    return [_due(rung, {**bell.data["dues"], level: due})]


@command("bell.settle", SettleBell, internal=True)
def settle(context: Context, args: Args) -> list[Record]:
    """Say what became of a notification: nothing is left to do, or it is due again. One that rang since stays due."""
    bell = with_data(_bell(context, args["user"]), badge=args["badge"])
    dues = dict(bell.data["dues"])
    for level, fate in args["done"].items():
        if level in dues and dues[level]["ring"] == fate["ring"]:
            later = {name: fate[name] for name in ("left", "tries") if name in fate}
            again = {} if fate["again"] is None else {level: {**dues[level], **later, "at": fate["again"]}}
            dues = without(dues, level) | again
    return [_due(bell, dues)]


def _due(bell: Record, dues: Mapping[str, Mapping[str, Any]]) -> Record:
    return replace(with_data(bell, dues=dues), due=min((due["at"] for due in dues.values()), default=None))


def _bell(context: Context, user: str) -> Record:
    key = Key(notification_space(user), "bell", user)
    return context.reads.get(key) or Record(user, key.kind, key.space, user, EMPTY)
