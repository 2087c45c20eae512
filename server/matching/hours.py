"""Hours in a week, correct across daylight saving: stored in local time, compared as slots of a UTC week.

A slot is a quarter of an hour. A bitset of slots is an int: bit i is slot i of a cyclic week that begins on Monday at
00:00 UTC. A bitset describes the seven days from some moment on. A UTC time has exactly one local time, so a local hour
that does not exist in spring is in no slot, and a local hour that happens twice in autumn is in the slots of both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from schemas.text import zone_key
from server.matching.absences import Spans as Absences
from server.matching.absences import moved
from sync.clock import MINUTE

SLOT = 15 * MINUTE  # ms
SLOTS_OF_A_DAY = 96
SLOTS = 7 * SLOTS_OF_A_DAY
FULL = (1 << SLOTS) - 1
MONDAY = 4 * SLOTS_OF_A_DAY * SLOT  # ms from the epoch, a Thursday, to the first Monday
EVENING = 72  # the slot of a day at 18:00
LONGEST_ZONE = 64  # characters of the name of a time zone
FIRST_MONDAY = date(1970, 1, 5).toordinal()

Spans = Sequence[tuple[int, int]]  # (from, to) in minutes of a day, multiples of 15


@dataclass(frozen=True, slots=True)
class Hours:
    """When a user can talk: each week at (day, from, to) in local minutes, day 0 is Monday; and exceptions by date."""

    zone: str  # IANA
    weekly: tuple[tuple[int, int, int], ...]
    exceptions: Mapping[str, Spans]  # {ISO date: spans}; no spans: a day off


def require_zone(name: str) -> ZoneInfo:
    """Return the time zone with a name in any case, with '_' or spaces; its ``key`` is the name as IANA writes it.

    Raises ValueError unless the name is UTC, GMT, or an IANA name with a "/".
    """
    key = _zones().get(zone_key(name[:LONGEST_ZONE]))
    if key is None:
        raise ValueError(f"There is no time zone '{name[:LONGEST_ZONE]}'; use one such as 'Europe/Berlin'.")
    return ZoneInfo(key)


def week(hours: Hours, now: int) -> int:
    """Return the slots of the seven days from ``now`` (ms) on that lie within the hours: bit ``slot(at) % SLOTS``."""
    first = slot(now)
    local, bits = _local(hours.weekly), 0
    for start, end, offset in _offsets(hours.zone, first):
        bits |= _rotated(local, offset) & _between(start, end)
    for day, spans in hours.exceptions.items():
        bits = _replaced(bits, _offsets(hours.zone, first), (date.fromisoformat(day).toordinal() - FIRST_MONDAY), spans)
    return bits


def slot(now: int) -> int:
    """Return the number of the slot that a time in ms lies in, counted from the first Monday of the epoch."""
    return (now - MONDAY) // SLOT


def on_shift_deadline(hours: Hours, now: int, on_shift: int, cap: int, absences: Absences = ()) -> int:
    """Return when ``on_shift`` ms within the hours have passed since ``now``, but at most ``now + cap``; all in ms.

    Time in absences counts neither for ``on_shift`` nor for ``cap``.
    """
    bits, at, left, last = week(hours, now), now, on_shift, moved(absences, now, now + cap)
    while at < last:
        start, until = next((span for span in absences if at < span[1]), (last, last))
        if start <= at < until:
            at = until
            continue
        end = min((slot(at) + 1) * SLOT + MONDAY, max(at + 1, start))
        if bits >> (slot(at) % SLOTS) & 1:
            if end - at >= left:
                return min(at + left, last)
            left -= end - at
        at = end
    return last


def evenings(bits: int, zone: str, now: int) -> float:
    """Return the share (0 to 1) of the slots that lies between 18:00 and midnight, local time; 0.0 without slots."""
    evening = sum(((1 << (SLOTS_OF_A_DAY - EVENING)) - 1) << (day * SLOTS_OF_A_DAY + EVENING) for day in range(7))
    late = sum(
        (bits & _rotated(evening, offset) & _between(start, end)).bit_count()
        for start, end, offset in _offsets(zone, slot(now))
    )
    return late / bits.bit_count() if bits else 0.0


@lru_cache(maxsize=1)
def _zones() -> Mapping[str, str]:
    """Return {name in the form that is compared: IANA name} of the zones with a "/" in the name, UTC and GMT.

    Other names are left out: `localtime`, for example, means the zone of this machine.
    """
    return {zone_key(name): name for name in available_timezones() if "/" in name or name in {"UTC", "GMT"}}


@lru_cache(maxsize=50_000)
def _local(weekly: tuple[tuple[int, int, int], ...]) -> int:
    """Return the slots of a local week."""
    bits = 0
    for day, start, end in weekly:
        bits |= _between(day * SLOTS_OF_A_DAY + start // 15, day * SLOTS_OF_A_DAY + end // 15)
    return bits


@lru_cache(maxsize=5_000)
def _offsets(zone: str, first: int) -> tuple[tuple[int, int, int], ...]:
    """Return (from, to, offset) in slots for each part of the week from ``first`` on; offset: local time minus UTC."""
    place = ZoneInfo(zone)
    parts, start = list[tuple[int, int, int]](), first
    for after in range(first + SLOTS_OF_A_DAY, first + SLOTS + 1, SLOTS_OF_A_DAY):
        if _offset(place, after - 1) != _offset(place, start):
            low, high = max(start, after - SLOTS_OF_A_DAY - 1), after - 1  # low: before the change; high: not before it
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(place, middle) == _offset(place, start) else (low, middle)
            parts.append((start, high, _offset(place, start)))
            start = high
    return (*parts, (start, first + SLOTS, _offset(place, start)))


def _offset(place: ZoneInfo, number: int) -> int:
    moment = datetime.fromtimestamp((number * SLOT + MONDAY) / 1000, UTC)
    ahead = moment.astimezone(place).utcoffset()
    return 0 if ahead is None else int(ahead.total_seconds() // (SLOT // 1000))


def _replaced(bits: int, parts: Sequence[tuple[int, int, int]], day: int, spans: Spans) -> int:
    """Return a bitset in which ``spans`` replace the slots of one local day, numbered from the first Monday."""
    whole, inside = 0, 0
    for start, end, offset in parts:
        low, high = max(start, day * SLOTS_OF_A_DAY - offset), min(end, (day + 1) * SLOTS_OF_A_DAY - offset)
        whole |= _between(low, high)
        for since, to in spans:
            begin = day * SLOTS_OF_A_DAY - offset
            inside |= _between(max(low, begin + since // 15), min(high, begin + to // 15))
    return bits & ~whole | inside


def _between(start: int, end: int) -> int:
    """Return the slots from ``start`` to ``end``, without ``end``, as a bitset; the numbers may lie in any week."""
    count = min(max(end - start, 0), SLOTS)
    run = ((1 << count) - 1) << (start % SLOTS)
    return (run | run >> SLOTS) & FULL


def _rotated(bits: int, by: int) -> int:
    """Return a bitset, rotated so that slot ``by`` becomes bit 0."""
    by %= SLOTS
    return (bits >> by | bits << (SLOTS - by)) & FULL
