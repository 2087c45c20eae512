"""A round: the notifications of one user that are on their way together."""

import threading
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from server.commands.personal.bell import bell_of
from server.notifications.provider import Gone, Retry
from sync.clock import MINUTE
from sync.record import Record, Wire

RETRY = MINUTE  # ms after which a device that was not reached is tried again; then twice that, four times that, …
TRIES = 8  # tries, over two hours, after which a device that cannot be reached is given up

Fates = dict[str, dict[str, Any]]  # {level: {ring, again, tries?}}, as `bell.settle` takes it


class Round:
    """The notifications of one user that are on their way together, and what became of each device."""

    def __init__(self, bell: Record, fates: Fates, badge: int, told: dict[str, Wire]) -> None:
        """Take ``told``, {device: what it was told before}; an entry is replaced once its device was told more."""
        self.bell, self.fates, self.badge, self.told = bell, fates, badge, told
        self.over: Future[None] = Future()
        self._left: set[str] = set()
        self._failed: list[float] = []  # seconds after which a service wants to be asked again
        self._lock = threading.Lock()

    def begin(self, devices: Iterable[str]) -> None:
        """Take the devices whose answers are waited for."""
        self._left = set(devices)

    def answered(self, device: str, after: Wire, error: Exception | None) -> bool:
        """Take the outcome of one device, ``error`` or what it has been told; return True for the last device."""
        with self._lock:
            self._left.discard(device)
            if error is None:
                self.told[device] = after
            elif not isinstance(error, Gone):
                self._failed.append(error.after if isinstance(error, Retry) else 0)
            return not self._left

    def settled(self, now: int) -> Wire:
        """Return the arguments of `bell.settle`: levels are due again if a device was not reached."""
        dues = {level: self.bell.data["dues"][level] for level, fate in self.fates.items() if fate["again"] is None}
        tries = 1 + max((due.get("tries", 0) for due in dues.values()), default=0)
        if self._failed and tries < TRIES:
            wait = max(RETRY * 2 ** (tries - 1), round(1000 * max(self._failed)))
            again = {"again": now + wait, "tries": tries}
            self.fates |= {level: {**self.fates[level], **again} for level in dues}
        return {**bell_of(self.bell.id), "badge": self.badge, "done": self.fates, "told": self.told}
