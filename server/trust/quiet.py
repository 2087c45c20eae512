"""Quiet hours: the local times at which nothing rings, correct also on the days when clocks change."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from server.matching.hours import SLOT, SLOTS_OF_A_DAY, require_zone

_LONGEST = 2 * SLOTS_OF_A_DAY * SLOT  # ms: one hour a day is never quiet, but clocks may skip it once in spring
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Quiet:
    """When nothing may ring: (from, to) in local minutes of every day, multiples of 15, ``to`` not included.

    A span whose ``from`` is later than its ``to`` goes past midnight: 22:00 to 07:00 is (1320, 420).
    """

    zone: str  # IANA
    spans: tuple[tuple[int, int], ...]


def quiet_until(quiet: Quiet, now: int) -> int:
    """Return the first ms from ``now`` on that is not quiet, or ``now`` plus two days if all are quiet until then.

    Raises ValueError for an unknown zone.
    """
    place = require_zone(quiet.zone)
    if not _covers(quiet, place, now):
        return now
    # Offsets from UTC, and the moments they change, have been whole quarters everywhere since 2023.
    quarters = range((now // SLOT + 1) * SLOT, now + _LONGEST, SLOT)
    return next((quarter for quarter in quarters if not _covers(quiet, place, quarter)), now + _LONGEST)


def loud_until(quiet: Quiet, now: int, longest: int) -> int:
    """Return the first start of quiet hours after ``now``, in ms, or ``now`` plus ``longest`` if that is earlier.

    Raises ValueError for an unknown zone.
    """
    place = require_zone(quiet.zone)
    quarters = range((now // SLOT + 1) * SLOT, now + longest, SLOT)
    return next((quarter for quarter in quarters if _covers(quiet, place, quarter)), now + longest)


def _covers(quiet: Quiet, place: ZoneInfo, now: int) -> bool:
    there = (_EPOCH + timedelta(milliseconds=now)).astimezone(place)
    minute = there.hour * 60 + there.minute
    return any(start <= minute < end if start <= end else minute >= start or minute < end for start, end in quiet.spans)
