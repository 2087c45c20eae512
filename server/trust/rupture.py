"""The rupture hint: tells a user that, by their own check-ins, the bond in a pairing may be weakening.

A hint is only for the author of the check-ins. Phones can compute it: docs/vectors/rupture.json pins every branch of
the rule for other platforms. The rule follows the control charts of Lipner et al. (2022). For a "strict" hint, the
larger of the user's own spread and the spread between people counts. The numbers are assumptions. In a calm series, one
check-in in fifty gets a hint without cause.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Constants:
    """The numbers of the rule. A change of any number needs another ``version``."""

    version: int = 1
    window: int = 8  # the most answers from which mean and spread are computed
    min_n: int = 4  # the fewest answers from which mean and spread are computed
    soft_sd: float = 1.0
    strict_sd: float = 2.0
    floor_sd: float = 0.75  # the least spread, so that a calm series gives no false hints
    cohort_sd: float = 1.2  # the spread between people
    slope_n: int = 6  # check-ins in a row for "drift"
    slope: float = -0.35  # per check-in
    quiet: int = 2  # check-ins without a hint after a hint
    repair_sd: float = 0.5
    tolerance: float = 1e-9  # numbers this close count as equal, so that no platform's rounding decides


CONSTANTS = Constants()


@dataclass(frozen=True, slots=True)
class _Usual:
    mean: float
    spread: float  # sample standard deviation

    def below(self, value: float, times: float, least: float) -> bool:
        """Return True if a value is more than ``times`` spreads below the mean; smaller spreads count as ``least``."""
        return _less(value, self.mean - times * max(self.spread, least))


def hints(series: Sequence[float | None]) -> list[str | None]:
    """Return for each check-in "strict", "soft", "drift" (the first that holds), or None; values 0 to 10.

    None in the series is a skipped check-in. It has a position but no value: it gets no hint, the mean and the spread
    use earlier answers instead, and it counts as one of the ``quiet`` check-ins after a hint. It interrupts conditions
    that must hold for check-ins in a row. "soft" needs two low ones in a row, each compared with the answers before
    it; the first may be a ``quiet`` one. "drift" needs six in a row. If skipped check-ins were left out altogether, as
    the published table also allows, a calm series would get hints in 2.8 % of its check-ins; 2 % were measured for this
    rule.
    """
    found, was_low, silent = list[str | None](), False, 0
    for at, value in enumerate(series):
        usual = _usual(series[:at])
        low = value is not None and usual is not None and usual.below(value, CONSTANTS.soft_sd, CONSTANTS.floor_sd)
        hint = None
        if value is not None and usual is not None and not silent:
            hint = _hint(value, usual, twice=low and was_low, drifts=_drifts(series[: at + 1]))
        was_low, silent = low, CONSTANTS.quiet if hint else max(silent - 1, 0)
        found.append(hint)
    return found


def hint(series: Sequence[float | None]) -> str | None:
    """Return the hint of the latest check-in, or None."""
    return hints(series)[-1] if series else None


def _hint(value: float, usual: _Usual, *, twice: bool, drifts: bool) -> str | None:
    if usual.below(value, CONSTANTS.strict_sd, CONSTANTS.cohort_sd):
        return "strict"
    if twice:
        return "soft"
    return "drift" if drifts else None


def _usual(before: Sequence[float | None]) -> _Usual | None:
    """Return the mean and the spread of the latest answers; None if there are too few answers."""
    answers = _answers(before)[-CONSTANTS.window :]
    if len(answers) < CONSTANTS.min_n:
        return None
    mean = sum(answers) / len(answers)
    return _Usual(mean, sqrt(sum((answer - mean) ** 2 for answer in answers) / (len(answers) - 1)))


def _drifts(until: Sequence[float | None]) -> bool:
    """Return True if the least-squares line through the last check-ins falls at least as steeply as the limit."""
    row = until[-CONSTANTS.slope_n :]
    answers = _answers(row)
    if len(answers) < CONSTANTS.slope_n:
        return False
    places = [place - (CONSTANTS.slope_n - 1) / 2 for place in range(CONSTANTS.slope_n)]
    rise = sum(place * answer for place, answer in zip(places, answers, strict=True))
    return not _less(CONSTANTS.slope, rise / sum(place * place for place in places))


def _answers(series: Sequence[float | None]) -> list[float]:
    return [value for value in series if value is not None]


def _less(one: float, other: float) -> bool:
    return one < other - CONSTANTS.tolerance
