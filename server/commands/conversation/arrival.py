"""Arrivals: up to where each device of a user has received a space, and up to where the user has seen it.

They decide which devices are notified, count all kinds of records, and are shown to nobody. What a device says together
with a move of the position is hidden in the position, and costs nothing. What it says without one, such as a second
device of the user, is a record of its own that no phone reads: a position that did not move is sent to no phone again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from server.commands.context import Context
from server.commands.states import without
from sync.record import Key, Record, dotted, notification_space, space_id

MOST_DEVICES = 50  # devices of which it is kept what has arrived on them: more than an account may have


class Arrivals(NamedTuple):
    """What has arrived of one space."""

    arrived: Mapping[str, int]  # {device: the seq up to which changes have arrived there}
    seen: int  # the seq up to which the user has seen changes


def arrival_key(user: str, space: str) -> Key:
    """Return the key of the record of what has arrived of a space, apart from what the position says."""
    return Key(notification_space(user), "arrival", dotted(space))


def arrivals(position: Record | None, arrival: Record | None) -> Arrivals:
    """Return what has arrived of a space, from the position and the record of arrivals."""
    found = [record.hidden for record in (position, arrival) if record is not None]
    merged: dict[str, int] = {}
    for hidden in found:
        for device, seq in hidden.get("arrived", {}).items():
            merged[device] = max(seq, merged.get(device, 0))
    return Arrivals(merged, max((hidden.get("seen", 0) for hidden in found), default=0))


def with_arrival(context: Context, position: Record, seq: int, *, is_read: bool) -> Record:
    """Return a position that moves, with what the caller's device says of a space up to a seq hidden in it."""
    return replace(position, hidden=_noted(context, position.hidden, seq, is_read=is_read))


def arrived(context: Context, position: Record, seq: int, *, is_read: bool) -> list[Record]:
    """Return the record of what has arrived, if the caller's device says what is not known yet, or no record."""
    user, space = space_id(position.space), position.data["where"]
    key = arrival_key(user, space)
    before = context.reads.get(key) or Record(key.id, key.kind, key.space, user)
    known = arrivals(position, before)
    if seq <= known.arrived.get(context.caller.device, 0) and (seq <= known.seen or not is_read):
        return []
    return [replace(before, hidden=_noted(context, before.hidden, seq, is_read=is_read))]


def _noted(context: Context, hidden: Mapping[str, Any], seq: int, *, is_read: bool) -> dict[str, Any]:
    """Return hidden data with what the caller's device says; the devices that said something last are kept."""
    device, before, seen = context.caller.device, hidden.get("arrived", {}), hidden.get("seen", 0)
    latest = max(seq, before.get(device, 0))
    kept = dict([*without(before, device).items(), (device, latest)][-MOST_DEVICES:])
    return {**hidden, "arrived": kept, "seen": max(seen, seq) if is_read else seen}
