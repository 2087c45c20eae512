"""Figures over time: how many searches there were, how they ended and how long peers waited, by week or by month.

They are counted from the records of searches, which name nobody and stay when an account is deleted.
Each search counts only in the period in which it began, whatever happened to it later. Within one answer no hidden
number can be computed. From several answers, some can: a month minus its weeks leaves a few days, February may be four
whole weeks, and yesterday's answer can be subtracted from today's. So the figures are safe to publish if only weeks, or
only months, are published. Operators who compare answers can compute hidden numbers.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Any

from schemas.errors import BadRequest
from server.commands.context import Caller, Clock
from server.event_loop import give_way
from server.jobs.specialist_index import SpecialistIndex
from server.matching.clearance import serves_until, suspended_until
from server.queries.staff import require_staff
from server.queries.suppression import shown
from server.store.reader import Reader
from sync.clock import DAY
from sync.record import SHARDS, Record, Wire

PERIODS = ("week", "month")
DEFAULT_PERIODS = 12  # periods up to now, if no days are given
MOST_PERIODS = 120  # periods of one answer, at most
FIRST_YEAR, LAST_YEAR = 1970, 2999  # years in which a day may lie
SKEW = DAY  # ms by which clocks of workers may differ, and so the order in which searches are stored
LASTING = 30 * DAY  # ms after which a pairing that goes on counts as kept
SPACES = [f"figures:{shard:02}" for shard in range(SHARDS)]
PAGE = 500  # records read at once
WHOLES = {
    "opened": ("met", "unmet", "withdrawn", "waiting"),
    "met": ("kept_30_days", "ended_sooner", "too_early"),
}
PASSING = ("too_early",)  # a state that every pairing leaves within 30 days
KNOWN = ("waiting",)  # the queue shows these searches to operators one by one
COUNTED = ("opened", *(part for parts in WHOLES.values() for part in parts))
WAITS = {"wait_p50_hours": (0.5, 1), "wait_p90_hours": (0.9, 50)}  # {name: (share, least `met` to show it)}
STATES = {"met": "met", "closed_unmet": "unmet", "withdrawn": "withdrawn", "waiting": "waiting"}


@dataclass(frozen=True, slots=True)
class Range:
    """Whole weeks (Monday to Sunday) or months, by the days on which they begin, and the day after the last.

    Days are those of the time zone of this machine, so that nobody can move the border between two periods.
    """

    by: str
    starts: Sequence[date]
    end: date

    @classmethod
    def of(cls, by: str, first: date | None, last: date | None, today: date) -> "Range":
        """Return the periods from the one with the day ``first`` to the one with the day ``last``; raises BadRequest.

        Without ``last``, the last period is that of ``today``; without ``first``, there are DEFAULT_PERIODS periods.
        """
        for name, day in (("from", first), ("to", last)):
            if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
                raise BadRequest(f"{name}: Use a day of the years {FIRST_YEAR} to {LAST_YEAR}.", field=name)
        last = _start(by, last or today)
        first = _start(by, first) if first else _moved(by, last, 1 - DEFAULT_PERIODS)
        if first > last:
            raise BadRequest("to: Use a day that is not before `from`.", field="to")
        starts = [first]
        while starts[-1] < last and len(starts) <= MOST_PERIODS:
            starts.append(_moved(by, starts[-1], 1))
        if len(starts) > MOST_PERIODS:
            raise BadRequest(f"from: Use a later day; there can be {MOST_PERIODS} periods at most.", field="from")
        return cls(by, starts, _moved(by, last, 1))

    @property
    def times(self) -> list[int]:
        """When each period begins, and when the last one ends, in ms since the epoch."""
        midnights = (datetime.combine(day, time.min) for day in (*self.starts, self.end))
        return [int(one.timestamp()) * 1000 for one in midnights]


@dataclass
class Period:
    """The counts and waits of the searches that began in one period."""

    counts: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)  # hours

    def add(self, search: Mapping[str, Any], now: int) -> None:
        """Count a search."""
        self.counts["opened"] += 1
        self.counts[STATES[search["state"]]] += 1
        if search["state"] != "met":
            return
        self.waits.append(search["hours"])
        until = search.get("ended", now)
        goes_on = "too_early" if "ended" not in search else "ended_sooner"
        self.counts["kept_30_days" if until - search["met"] >= LASTING else goes_on] += 1

    def shown(self) -> Wire:
        """Return the numbers of the period; those that are hidden are None."""
        found: Wire = {**shown({name: self.counts[name] for name in COUNTED}, WHOLES, PASSING, KNOWN)}
        met = found["met"] or 0
        return found | {name: quantile(self.waits, share) if met >= n else None for name, (share, n) in WAITS.items()}


class Figures:
    """The figures of a programme, for operators."""

    def __init__(self, reader: Reader, specialist_index: SpecialistIndex, now: Clock) -> None:
        self._reader, self._specialist_index, self._now = reader, specialist_index, now

    def read(self, caller: Caller, by: str, first: date | None, last: date | None) -> Wire:
        """Return {by, from, to, rows, load} for the periods from one day to another; raises Forbidden or BadRequest."""
        require_staff(caller, "operator")
        now = self._now()
        today = datetime.fromtimestamp(now / 1000, UTC).astimezone().date()
        asked = Range.of(by, first, last, today)
        times = asked.times
        periods = [Period() for _ in asked.starts]
        for search in self._searches(times[0] - SKEW, times[-1] + SKEW):
            if times[0] <= search.data["from"] < times[-1]:
                periods[bisect_right(times, search.data["from"]) - 1].add(search.data, now)
        rows = [
            {"from": day.isoformat(), "is_over": end <= now, **period.shown()}
            for day, end, period in zip(asked.starts, times[1:], periods, strict=True)
        ]
        last_day = asked.end - timedelta(days=1)
        told = {"by": by, "from": asked.starts[0].isoformat(), "to": last_day.isoformat()}
        return {**told, "rows": rows, "load": self._load(now)}

    def _searches(self, start: int, end: int) -> Iterator[Record]:
        """Give the searches that began between two times (ms), in portions: there may be very many.

        They are read in the order in which they began. So a search that changes meanwhile still comes once, and
        searches of other times need not be read.
        """
        with self._reader.consistent():
            heads = {space: extent.head for space, extent in self._reader.extents(SPACES).items()}
        for space, head in heads.items():
            after = self._before(space, head, start)
            while after < head:
                found = self._reader.born(space, "search", after, head, PAGE)
                yield from found
                is_last = len(found) < PAGE or found[-1].data["from"] >= end
                after = head if is_last else found[-1].first_seq
                give_way()

    def _before(self, space: str, head: int, start: int) -> int:
        """Return a first_seq up to which all searches began before a time (ms), found by binary search."""
        low, high = 0, head
        while low < high:
            middle = (low + high) // 2
            found = self._reader.born(space, "search", middle, head, 1)
            if found and found[0].data["from"] < start:
                low = found[0].first_seq
            else:
                high = middle
        return low

    def _load(self, now: int) -> Wire:
        """Return how many specialists can take people now, how many places they have, and how many are taken.

        No number is hidden: operators can see these numbers of each specialist.
        """
        able = [data for data in self._specialist_index.pool().data if _is_able(data, now)]
        places = sum(data["practice"]["places"] for data in able)
        taken = sum(min(data["practice"]["places"], _taken(data)) for data in able)
        return {"specialists": len(able), "places": places, "taken": taken, "free": places - taken}


def quantile(values: Iterable[float], share: float) -> float | None:
    """Return the quantile for a share (0 to 1) by the nearest-rank method, rounded to 0.1; None without values."""
    ordered = sorted(values)
    return round(ordered[max(0, ceil(len(ordered) * share) - 1)], 1) if ordered else None


def _start(by: str, day: date) -> date:
    return day.replace(day=1) if by == "month" else day - timedelta(days=day.weekday())


def _moved(by: str, start: date, periods: int) -> date:
    """Return the day on which a period begins that is some periods later."""
    if by == "week":
        return start + timedelta(weeks=periods)
    months = start.year * 12 + start.month - 1 + periods
    return date(months // 12, months % 12 + 1, 1)


def _is_able(data: Mapping[str, Any], now: int) -> bool:
    has_places = (data.get("practice") or {}).get("places", 0) > 0
    back = max(data.get("paused_until", 0), suspended_until(data))
    return bool(has_places and back <= now < serves_until(data))


def _taken(data: Mapping[str, Any]) -> int:
    return sum(bool(pairing["place"]) for pairing in data["pairings"].values()) + len(data["offers"])
