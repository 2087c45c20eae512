"""Hints by exact arithmetic."""

from collections.abc import Sequence
from fractions import Fraction


def exact(series: Sequence[int | None], *, scale: int = 3) -> list[str | None]:
    """Return the hint of each value (unit: 1/``scale`` of a point), by fractions, so that nothing is rounded."""
    values = [None if value is None else Fraction(value, scale) for value in series]
    lows = [_beyond(values, at, Fraction(1), Fraction(3, 4)) for at in range(len(values))]
    found: list[str | None] = []
    for at, value in enumerate(values):
        said = any(found[max(at - 2, 0) : at])
        if value is None or said or len(_before(values, at)) < 4:
            found.append(None)
        elif _beyond(values, at, Fraction(2), Fraction(6, 5)):
            found.append("strict")
        elif at and lows[at] and lows[at - 1]:
            found.append("soft")
        else:
            found.append("drift" if _falls(values[max(at - 5, 0) : at + 1]) else None)
    return found


def _before(values: Sequence[Fraction | None], at: int) -> list[Fraction]:
    return [value for value in values[:at] if value is not None][-8:]


def _beyond(values: Sequence[Fraction | None], at: int, times: Fraction, least: Fraction) -> bool:
    value, before = values[at], _before(values, at)
    if value is None or len(before) < 4:
        return False
    mean = sum(before) / len(before)
    variance = sum((one - mean) ** 2 for one in before) / (len(before) - 1)
    return value < mean and (mean - value) ** 2 > times**2 * max(variance, least**2)


def _falls(row: Sequence[Fraction | None]) -> bool:
    if len(row) < 6 or None in row:
        return False
    return sum((2 * place - 5) * value for place, value in enumerate(row)) * 100 <= -35 * 35
