"""The hybrid logical clock: stamps say when a field was set, in an order on which all phones and the server agree.

Source: Kulkarni, Demirbas et al., "Logical Physical Clocks" (2014). A stamp is 48 bits of milliseconds, a
16-bit counter for changes within one millisecond, and a device that breaks the tie between equal stamps.
"""

import re
from typing import NamedTuple

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000  # ms

DRIFT = MINUTE  # ms that a phone's clock may run ahead of the server's before it is corrected
FIRST_MS = 1_767_225_600_000  # the beginning of 2026, in ms: no phone has done anything with Beside before that
LAST_MS = 2**48 - 1
LAST_COUNTER = 2**16 - 1

_FORM = re.compile(r"([0-9]{1,15})-([0-9]{1,5})", re.ASCII)


class Stamp(NamedTuple):
    """When and by whom a field was set. Stamps compare by time, then counter, then device."""

    at: int  # ms since the epoch
    counter: int = 0  # order within the millisecond
    device: str = ""

    def __str__(self) -> str:
        """Return the stamp as it crosses the wire, without the device: ``"1795352768209-0"``."""
        return f"{self.at}-{self.counter}"

    def next(self) -> "Stamp":
        """Return the smallest later stamp of the same device."""
        if self.counter < LAST_COUNTER:
            return self._replace(counter=self.counter + 1)
        return self._replace(at=self.at + 1, counter=0)


def parse(text: str, device: str = "") -> Stamp:
    """Read ``"<ms>-<count>"``; raises ValueError for any other text."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError("Write the clock as '<milliseconds>-<counter>', for example '1795352768209-0'.")
    at, counter = int(found[1]), int(found[2])
    if at > LAST_MS or counter > LAST_COUNTER:
        raise ValueError("The clock is beyond 48 bits of milliseconds or 16 bits of counter.")
    return Stamp(at, counter, device)


def plausible(stamp: Stamp, now: int, since: int = 0) -> Stamp:
    """Return the stamp of an act if its time is plausible; otherwise the time of its arrival, ``now``.

    A time is not plausible if it is ahead of the server's by more than DRIFT, before FIRST_MS, or before ``since``,
    when the record that the act is about began. The clock of a phone that was off for months may begin at 1970.
    """
    return stamp if max(since, FIRST_MS) <= stamp.at <= now + DRIFT else Stamp(now, 0, stamp.device)


def clamped(stamp: Stamp, now: int, last: Stamp | None = None) -> Stamp:
    """Return the stamp, or the server's time if the stamp is ahead of it by more than DRIFT.

    A stamp in the past stays as it is. ``last`` is the stamp of the value that is changed: a stamp that was later than
    ``last`` stays later when it is set back. So an edit beats the value that its author saw, however wrong the clocks
    are.
    """
    if stamp.at <= now + DRIFT:
        return stamp
    set_back = Stamp(now, 0, stamp.device)
    return set_back if last is None else max(set_back, min(stamp, last.next()._replace(device=stamp.device)))
