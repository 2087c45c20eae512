"""Rounds that were sent but could not be stored: this worker remembers them, so that no device is notified again."""

import threading
from collections.abc import Iterable
from typing import NamedTuple

from server.notifications.round import RETRY, TRIES, Round
from sync.record import Record, Wire

MOST_USERS = 10_000  # users who are remembered; the one who was added first is forgotten first


class Told(NamedTuple):
    """What a user's devices were told, as long as it could not be stored."""

    told: dict[str, Wire]  # {device: what it was told}
    stored: Wire | None  # the ``told`` that was stored at that time; if another is stored later, that one is right
    rings: int  # ``rings`` of the bell at that time: after a further ring, the user is not kept waiting
    after: int  # ms since the epoch: the bell is not tried again before
    tries: int


class Unsettled:
    """What was told to users whose bells could not be settled; MOST_USERS users at most."""

    def __init__(self) -> None:
        self._users: dict[str, Told] = {}
        self._lock = threading.Lock()

    def waits(self, bell: Record, now: int) -> bool:
        """Tell whether a bell has to wait: it could not be settled a moment ago, and has not rung since."""
        found = self._users.get(bell.id)
        return found is not None and now < found.after and bell.data["rings"] == found.rings

    def told(self, bell: Record) -> dict[str, Wire]:
        """Return {device: what it was told} of a user: as it is remembered, unless something was stored since."""
        found, stored = self._users.get(bell.id), bell.data.get("told")
        return dict(found.told if found and found.stored == stored else stored or {})

    def add(self, rounds: Iterable[Round], now: int) -> None:
        """Remember what was told in some rounds, and let each wait: RETRY, then twice that, then four times that."""
        with self._lock:
            for one in rounds:
                before = self._users.pop(one.bell.id, None)
                tries = min(before.tries + 1 if before else 1, TRIES)
                after = now + RETRY * 2 ** (tries - 1)
                self._users[one.bell.id] = Told(
                    one.told, one.bell.data.get("told"), one.bell.data["rings"], after, tries
                )
            while len(self._users) > MOST_USERS:
                del self._users[next(iter(self._users))]

    def forget(self, rounds: Iterable[Round]) -> None:
        """Forget some users: what they were told is stored."""
        with self._lock:
            for one in rounds:
                self._users.pop(one.bell.id, None)
