"""Figures over time: which periods there are, and what counts in which."""

import time
from datetime import date

import pytest

from schemas.errors import BadRequest
from server.queries.figures import MOST_PERIODS, Period, Range, quantile
from sync.clock import DAY, HOUR, MINUTE

WEDNESDAY = date(2027, 1, 6)


@pytest.fixture
def zone(monkeypatch):
    """Return a function that sets the time zone of this machine."""

    def put(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield put
    monkeypatch.undo()
    time.tzset()


def test_periods_are_whole_weeks_and_months(zone):
    zone("UTC")
    weeks = Range.of("week", date(2027, 1, 1), date(2027, 1, 11), WEDNESDAY)
    assert weeks.starts == [date(2026, 12, 28), date(2027, 1, 4), date(2027, 1, 11)]
    months = Range.of("month", date(2026, 12, 31), None, WEDNESDAY)
    assert (months.starts, months.end) == ([date(2026, 12, 1), date(2027, 1, 1)], date(2027, 2, 1))
    assert [times % DAY for times in months.times] == [0, 0, 0]
    assert len(Range.of("week", None, None, WEDNESDAY).starts) == 12


def test_a_day_begins_at_midnight_where_the_programme_is_also_if_the_clocks_change(zone):
    zone("Europe/Berlin")
    march = Range.of("week", date(2027, 3, 22), date(2027, 4, 1), WEDNESDAY)
    assert [end - start for start, end in zip(march.times, march.times[1:], strict=False)] == [7 * DAY - HOUR, 7 * DAY]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(2027, 2, 1), date(2027, 1, 1), "to"),
        (date(2020, 1, 1), WEDNESDAY, "from"),
        (date(1, 1, 1), None, "from"),
        (None, date(9999, 12, 31), "to"),
    ],
)
def test_a_range_that_cannot_be_counted_is_refused_by_the_field_to_change(first, last, field):
    with pytest.raises(BadRequest) as refused:
        Range.of("week", first, last, WEDNESDAY)
    assert refused.value.details == {"field": field}
    assert refused.value.message.startswith(f"{field}: Use ")


def test_a_range_may_have_so_many_periods_and_no_more():
    last = date(2036, 12, 1)
    assert len(Range.of("month", date(2027, 1, 1), last, WEDNESDAY).starts) == MOST_PERIODS
    with pytest.raises(BadRequest):
        Range.of("month", date(2026, 12, 31), last, WEDNESDAY)


@pytest.mark.parametrize(
    ("search", "counts"),
    [
        ({"state": "waiting"}, "waiting"),
        ({"state": "closed_unmet"}, "unmet"),
        ({"state": "withdrawn"}, "withdrawn"),
        ({"state": "met", "met": 0, "hours": 1.5}, "kept_30_days"),
        ({"state": "met", "met": 1, "hours": 1.5}, "too_early"),
        ({"state": "met", "met": 0, "ended": 30 * DAY - 15 * MINUTE, "hours": 1.5}, "ended_sooner"),
    ],
)
def test_each_search_counts_once_as_it_went(search, counts):
    period = Period()
    period.add({"from": 0, **search}, 30 * DAY)
    met = {"met"} if search["state"] == "met" else set()
    assert {name for name, count in period.counts.items() if count} == {"opened", counts} | met
    assert period.waits == ([1.5] if met else [])


def test_how_long_people_waited_is_hidden_with_those_who_were_met():
    period = Period()
    for hours in range(9):
        period.add({"state": "met", "met": 0, "hours": hours}, 0)
    assert set(period.shown().values()) == {None}
    for _ in range(10):
        period.add({"state": "withdrawn"}, 0)
        period.add({"state": "closed_unmet"}, 0)
    assert (period.shown()["opened"], period.shown()["met"], period.shown()["wait_p50_hours"]) == (29, None, None)
    period.add({"state": "met", "met": 0, "hours": 9}, 0)
    period.add({"state": "met", "met": 0, "hours": 99}, 0)
    told = period.shown()
    assert (told["opened"], told["met"], told["withdrawn"], told["wait_p50_hours"]) == (31, 11, 10, 5)


def test_the_longest_waits_are_told_only_of_many():
    """Of ten, nine in ten is the last but one: the wait of a single person."""
    period = Period()
    for _ in range(10):
        period.add({"state": "withdrawn"}, 0)
        period.add({"state": "closed_unmet"}, 0)
    for hours in range(50):
        assert period.shown()["wait_p90_hours"] is None
        period.add({"state": "met", "met": 0, "hours": hours}, 31 * DAY)
    assert (period.shown()["wait_p50_hours"], period.shown()["wait_p90_hours"]) == (24, 44)


def test_a_quantile_is_a_value_that_there_was():
    assert [quantile([3, 1, 2, 4], share) for share in (0.5, 0.9, 0.25)] == [2, 4, 1]
    assert quantile([], 0.5) is None
