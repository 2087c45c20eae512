"""Notifications that are to be sent: one for each user, however much there is; when, and for what."""

from dataclasses import replace

from schemas.bell import RingBell, SettleBell
from server.command import Args, Context, command
from server.commands import people
from server.commands.calm import calm_until
from server.records import Key, Record, bell_of

EMPTY = {"level": 0, "rings": 0, "badge": 0}
URGENT = 3  # the level that breaks quiet hours


@command("bell.ring", RingBell, own=True)
def ring(context: Context, args: Args) -> list[Record]:
    """Let a user's devices be notified at a time, or when their quiet hours are over. What is held is one."""
    bell = _bell(context, args["user"])
    level = args["level"] if bell.due is None else max(args["level"], bell.data["level"])
    at = args["at"] if level == URGENT else calm_until(context, args["user"], args["at"])
    rung = people.having(bell, level=level, rings=bell.data["rings"] + 1)
    return [replace(rung, due=at if bell.due is None else min(at, bell.due))]


@command("bell.settle", SettleBell, own=True)
def settle(context: Context, args: Args) -> list[Record]:
    """Say what became of a notification. If it rang again meanwhile, it is looked at again."""
    bell = _bell(context, args["user"])
    if bell.data["rings"] != args["rings"]:
        return [replace(people.having(bell, badge=args["badge"]), due=max(context.now, bell.due or 0))]
    return [replace(people.having(bell, badge=args["badge"]), due=args["again"])]


def _bell(context: Context, user: str) -> Record:
    key = Key(bell_of(user), "bell", user)
    return context.view.get(key) or Record(user, key.kind, key.space, user, EMPTY)
