"""The weekly hours of made-up people: scattered hours of peers, shifts of specialists.

Days count from Monday, minutes are local time.
"""

from collections.abc import Mapping
from functools import cache

from server.demo_data import tables
from server.demo_data.random_numbers import Shares, SplitMix64

Week = list[list[int]]  # [[day, from, to]…]

HOURS_OF_A_DAY = 24
EVENINGS_END, MORNING = 22, 7


def peers_week(dice: SplitMix64, zone: str) -> Week:
    """Return the hours of a peer's week, in runs of one to three hours, most of them in the evening."""
    sleeps = dice.chance(tables.NIGHTS_OFF)
    curve, allowed = _curve(zone in tables.FRIDAY_AND_SATURDAY, sleeps)
    hours, wanted = set[int](), dice.between(*tables.PEER_HOURS)
    while len(hours) < wanted:
        start = curve.draw(dice)
        for hour in range(start, min(start + dice.between(1, 3), (start // HOURS_OF_A_DAY + 1) * HOURS_OF_A_DAY)):
            if hour in allowed and len(hours) < wanted:
                hours.add(hour)
    return _moved(_spans(hours), 15 * dice.below(4), EVENINGS_END if sleeps else HOURS_OF_A_DAY)


def specialists_week(dice: SplitMix64) -> Week:
    """Return shifts of two to four hours, never two without a pause between them."""
    left, taken, week = dice.between(*tables.SPECIALIST_HOURS), set[int](), Week()
    while left:
        length = dice.one([length for length in (2, 3, 4) if left - length == 0 or left - length > 1])
        day, start = dice.below(7), _starts.draw(dice)
        around = range(day * HOURS_OF_A_DAY + start - 1, day * HOURS_OF_A_DAY + start + length + 1)
        if taken.isdisjoint(around):
            taken |= set(around[1:-1])
            week.append([day, start * 60, (start + length) * 60])
            left -= length
    return sorted(week)


@cache
def _curve(friday: bool, sleeps: bool) -> tuple[Shares[int], frozenset[int]]:  # noqa: FBT001 — called in one place
    """Return the weight of each hour of the week (0 to 167), and the hours that can be drawn at all."""
    weekend = (4, 5) if friday else (5, 6)
    likely = {
        day * HOURS_OF_A_DAY + hour: weight
        * (tables.NIGHT_BUMP if hour in tables.NIGHT else 1)
        * (tables.FREE_DAY if day in weekend and hour in range(9, 18) else 1)
        for day in range(7)
        for hour, weight in _by_hour(tables.EVENING).items()
        if not sleeps or MORNING <= hour < EVENINGS_END
    }
    return Shares(likely), frozenset(likely)


def _by_hour(weights: Mapping[range, int]) -> dict[int, int]:
    return {hour: weight for hours, weight in weights.items() for hour in hours}


_starts = Shares(_by_hour(tables.SHIFTS))


def _spans(hours: set[int]) -> Week:
    """Return hours of the week as spans within days."""
    spans = Week()
    for hour in sorted(hours):
        day, start = divmod(hour, HOURS_OF_A_DAY)
        if spans and spans[-1][0] == day and spans[-1][2] == start * 60:
            spans[-1][2] += 60
        else:
            spans.append([day, start * 60, start * 60 + 60])
    return spans


def _moved(week: Week, by: int, end: int) -> Week:
    """Return a week moved by some minutes, except the spans that end at the hour ``end`` of their day."""
    return [[day, start, to] if to == end * 60 else [day, start + by, to + by] for day, start, to in week]
