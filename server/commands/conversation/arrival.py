"""Arrivals: up to where each device of a user has received a space, and up to where the user has seen it.

Arrivals decide which devices are notified. They count records of all kinds, and no user sees them. If a device's report
also moves the position, the arrival is stored in the position's hidden data, without a further write. Otherwise, as for
a second device, it is a record of its own, which no phone reads: a position that did not move is not sent again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from server.commands.context import Context
from server.commands.states import without
from sync.record import Key, Record, dotted, notification_space, space_id

MOST_DEVICES = 50  # devices of one user whose arrivals are kept: more than the default limit of devices per account


class Arrivals(NamedTuple):
    """How far the changes of one space have arrived."""

    arrived: Mapping[str, int]  # {device: the seq up to which changes have arrived there}
    seen: int  # the seq up to which the user has seen changes


def arrival_key(user: str, space: str) -> Key:
    """Return the key of the record `arrival` of a space: the arrivals that are not stored in the position."""
    return Key(notification_space(user), "arrival", dotted(space))


def arrivals(position: Record | None, arrival: Record | None) -> Arrivals:
    """Return the arrivals of a space, merged from the position and the record `arrival`."""
    found = [record.hidden for record in (position, arrival) if record is not None]
    merged: dict[str, int] = {}
    for hidden in found:
        for device, seq in hidden.get("arrived", {}).items():
            merged[device] = max(seq, merged.get(device, 0))
    return Arrivals(merged, max((hidden.get("seen", 0) for hidden in found), default=0))


def with_arrival(context: Context, position: Record, seq: int, *, is_read: bool) -> Record:
    """Return a moved position that also stores, as hidden data, that the caller's device has the space up to a seq."""
    return replace(position, hidden=_noted(context, position.hidden, seq, is_read=is_read))


def arrived(context: Context, position: Record, seq: int, *, is_read: bool) -> list[Record]:
    """Return the record `arrival` if the caller's device reports something new, otherwise no record."""
    user, space = space_id(position.space), position.data["where"]
    key = arrival_key(user, space)
    before = context.reads.get(key) or Record(key.id, key.kind, key.space, user)
    known = arrivals(position, before)
    if seq <= known.arrived.get(context.caller.device, 0) and (seq <= known.seen or not is_read):
        return []
    return [replace(before, hidden=_noted(context, before.hidden, seq, is_read=is_read))]


def _noted(context: Context, hidden: Mapping[str, Any], seq: int, *, is_read: bool) -> dict[str, Any]:
    """Return hidden data with the arrival on the caller's device. Only the devices that reported last are kept."""
    device, before, seen = context.caller.device, hidden.get("arrived", {}), hidden.get("seen", 0)
    latest = max(seq, before.get(device, 0))
    kept = dict([*without(before, device).items(), (device, latest)][-MOST_DEVICES:])
    return {**hidden, "arrived": kept, "seen": max(seen, seq) if is_read else seen}
