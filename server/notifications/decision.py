"""The one decision about notifications: what each device of a user is told now, from the state that is stored.

The events that led to the state do not matter, and neither does their order. A device makes a sound for a change that
is news, has not arrived on this device, and was not told to it before. A device that shows a notification which is over
is told to withdraw it; a device whose icon has an old number is told the new one. Both are silent.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.bell import ABOUT
from server.commands.personal.bell import URGENT, change
from server.notifications.provider import NEVER_SILENT
from server.store.reader import Unread
from sync.record import Key, Wire

MESSAGES = 1  # the level of unread messages

Change = tuple[Key, int]  # a record, and the seq of its change


class Device(NamedTuple):
    """A device that can be notified."""

    id: str
    platform: str
    is_connected: bool  # to any worker


class Situation(NamedTuple):
    """The state that decides what a user's devices are told."""

    unread: Mapping[str, Unread]  # {space: …}, of the spaces that the user may read
    muted: Collection[str]  # spaces that the user has muted
    standing: Collection[Change]  # changes that are news now: not over, not changed since, not seen by the user
    loud: Mapping[int, Sequence[Change]]  # {level that may make a sound now: its changes}

    @property
    def badge(self) -> int:
        """The number on the icon."""
        return sum(one.messages for one in self.unread.values())


def told_nothing(badge: int) -> Wire:
    """Return the ``told`` of a device that shows a number and no notification."""
    return {"badge": badge, "upto": {}, "new": [], "urgent": [], "shown": []}


def decide(situation: Situation, device: Device, told: Wire) -> tuple[list[Wire], Wire]:
    """Return the payloads to send to a device, and what it has been told once they are sent."""
    news = [one for level, changes in situation.loud.items() if level > MESSAGES for one in changes]
    news = [one for one in news if _is_news_to(situation, device, told, one)]
    after = _still_true(situation, told)
    silent = _silently(situation, device, told, after)
    if not news and not _has_new_messages(situation, device, told):
        return silent, after if device.platform not in NEVER_SILENT else {**after, "badge": told["badge"]}
    what = "urgent" if any(one in situation.loud.get(URGENT, ()) for one in news) else "new"
    payload = {"what": what, "badge": situation.badge, "collapse": what}
    after[what] = [*after[what], *([*key, seq] for key, seq in news)][-ABOUT:]
    after["shown"] = sorted({*after["shown"], what})
    if MESSAGES in situation.loud:
        after["upto"] = _newest(situation)
    return [payload, *(one for one in silent if one["what"] == "withdraw" and one["collapse"] != what)], after


def _is_news_to(situation: Situation, device: Device, told: Wire, one: Change) -> bool:
    """Tell whether a change makes a sound on a device: not if it is over, muted, has arrived there or was told."""
    key, seq = one
    is_muted = key.space in situation.muted and one not in situation.loud.get(URGENT, ())
    if one not in situation.standing or is_muted or [*key, seq] in [*told["new"], *told["urgent"]]:
        return False
    return seq > _arrived(situation.unread.get(key.space, Unread(0)), device)


def _has_new_messages(situation: Situation, device: Device, told: Wire) -> bool:
    """Tell whether there is an unread message that a device was not told of, and that has not arrived there."""
    for space, unread in situation.unread.items() if MESSAGES in situation.loud else ():
        known = max(told["upto"].get(space, 0), _arrived(unread, device))
        if space not in situation.muted and unread.newest > known:
            return True
    return False


def _arrived(unread: Unread, device: Device) -> int:
    """Return the seq of a space up to which changes have arrived on a device.

    Not every app reports on each device what has arrived there. So for a connected device, arrival on any device of the
    user counts.
    """
    here = unread.arrived.get(device.id, 0)
    return max(here, unread.delivered, *unread.arrived.values()) if device.is_connected else here


def _still_true(situation: Situation, told: Wire) -> dict[str, Any]:
    """Return what a device was told, without what is read or over. Muted messages count as told, also after muting."""
    kept: dict[str, Any] = {
        what: [entry for entry in told[what] if change(entry) in situation.standing] for what in ("new", "urgent")
    }
    newest = _newest(situation)
    upto = {space: seq for space, seq in told["upto"].items() if space in newest}
    if MESSAGES in situation.loud:
        upto |= {space: seq for space, seq in newest.items() if space in situation.muted}
    is_shown = {"new": bool(kept["new"] or upto.keys() - set(situation.muted)), "urgent": bool(kept["urgent"])}
    shown = [one for one in told["shown"] if is_shown[one]]
    return {**kept, "upto": upto, "shown": shown, "badge": situation.badge}


def _silently(situation: Situation, device: Device, told: Wire, after: Wire) -> list[Wire]:
    """Return the payloads without a sound: withdrawals or, if there are none, a new number on the icon."""
    if device.platform in NEVER_SILENT:
        return []
    withdrawn = [one for one in told["shown"] if one not in after["shown"]]
    if withdrawn:
        return [{"what": "withdraw", "badge": situation.badge, "collapse": one} for one in withdrawn]
    if situation.badge != told["badge"]:
        return [{"what": "badge", "badge": situation.badge, "collapse": "badge"}]
    return []


def _newest(situation: Situation) -> dict[str, int]:
    """Return {space: first_seq of its newest unread message}, of the spaces that have one."""
    return {space: one.newest for space, one in situation.unread.items() if one.newest}
