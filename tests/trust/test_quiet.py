"""Quiet hours: the published table, and a slow oracle that looks at the clock on the wall every minute."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.trust.quiet import Quiet, loud_until, quiet_until
from sync.clock import DAY, MINUTE
from tests.trust.moments import at

TABLE = json.loads((Path(__file__).parents[2] / "docs/vectors/quiet.json").read_text(encoding="utf-8"))
ZONES = (
    "UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "Africa/Casablanca",
    "Africa/Cairo", "Antarctica/Troll", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
    "Pacific/Chatham", "Pacific/Pago_Pago",
)  # fmt: skip
CHANGES = ("2025-02-23", "2025-03-09", "2025-03-30", "2025-04-05", "2025-04-24", "2025-10-04", "2025-10-26",
           "2025-10-30", "2025-11-02", "2026-03-29")  # fmt: skip


@st.composite
def moments(draw):
    """Return moments in ms, most of them near a change of clocks."""
    day = at(draw(st.sampled_from(CHANGES)) + "T00:00:00Z")
    return day + draw(st.integers(-DAY, 2 * DAY)) if draw(st.booleans()) else day + draw(st.integers(0, 300 * DAY))


quarters = st.integers(0, 96).map(lambda quarter: quarter * 15)
spans = st.lists(st.tuples(quarters, quarters).filter(lambda span: span[0] != span[1]), max_size=4).map(tuple)


def quiet_minutes(some: tuple[tuple[int, int], ...]) -> set[int]:
    """Return every minute of a day that is quiet, written out."""
    return {
        minute
        for start, end in some
        for minute in (range(start, end) if start < end else (*range(start, 1440), *range(end)))
    }


def is_quiet(quiet: Quiet, now: int) -> bool:
    return quiet_until(quiet, now) != now


@pytest.mark.parametrize("vector", TABLE["vectors"], ids=lambda vector: vector["name"])
def test_every_published_moment_is_quiet_until_the_table_says(vector):
    quiet = Quiet(vector["zone"], tuple((start, end) for start, end in vector["spans"]))
    now = at(vector["at"])
    assert quiet_until(quiet, now) == (now if vector["until"] is None else at(vector["until"]))


@settings(max_examples=150)
@given(st.sampled_from(ZONES), spans, moments())
@example("Antarctica/Troll", ((180, 60),), at("2025-03-29T03:00:00+00:00"))
@example("Europe/Berlin", ((0, 1440),), at("2025-03-29T03:00:30+00:00"))
def test_it_is_quiet_when_the_clock_on_the_wall_says_so_minute_by_minute(zone, some, now):
    def said(moment: int) -> bool:
        there = datetime.fromtimestamp(moment / 1000, ZoneInfo(zone))
        return there.hour * 60 + there.minute in inside

    inside, quiet = quiet_minutes(some), Quiet(zone, some)
    minutes = range((now // MINUTE + 1) * MINUTE, now + 2 * DAY, MINUTE)
    loud = (moment for moment in (now, *minutes) if not said(moment))
    assert quiet_until(quiet, now) == next(loud, now + 2 * DAY)


@settings(max_examples=100)
@given(st.sampled_from(ZONES), spans, moments())
def test_what_is_held_until_then_is_not_held_again(zone, some, now):
    quiet = Quiet(zone, some)
    until = quiet_until(quiet, now)
    assert now <= until <= now + 2 * DAY
    assert len(quiet_minutes(some)) > 1380 or not is_quiet(quiet, until)
    assert until == now or is_quiet(quiet, until - 1)


@settings(max_examples=50)
@given(st.sampled_from(ZONES), spans, moments(), st.integers(1, 5 * 60 * MINUTE))
@example("UTC", ((15, 30),), at("2025-03-29T00:05:00Z"), 60 * MINUTE)
@example("UTC", ((0, 15), (30, 45)), at("2025-03-29T00:05:00Z"), 60 * MINUTE)
def test_it_is_loud_until_the_next_quiet_hours_begin(zone, some, now, longest):
    quiet = Quiet(zone, some)
    begin = quiet_until(quiet, now)
    end = loud_until(quiet, begin, longest)
    assert begin < end <= begin + longest
    if not is_quiet(quiet, begin):
        assert not any(is_quiet(quiet, moment) for moment in (*range(begin, end, MINUTE), end - 1))
        assert end == begin + longest or is_quiet(quiet, end)


def test_an_hour_a_day_that_is_not_quiet_is_reached_within_two_days_everywhere():
    """Also where that hour does not exist on a day in spring, and where clocks go two hours forward."""
    for zone in ZONES:
        for day in CHANGES:
            for start in range(0, 1440, 60):
                quiet = Quiet(zone, ((start, (start + 1380) % 1440),))
                assert not is_quiet(quiet, quiet_until(quiet, at(day + "T00:00:00Z") - 6 * 60 * MINUTE))


def test_there_is_no_quiet_in_a_place_that_does_not_exist():
    for ask in (quiet_until, lambda quiet, now: loud_until(quiet, now, MINUTE)):
        with pytest.raises(ValueError, match="There is no time zone 'Europe/Atlantis'"):
            ask(Quiet("Europe/Atlantis", ()), 0)


def test_the_table_names_every_moment_and_gives_its_reason():
    names = [vector["name"] for vector in TABLE["vectors"]]
    assert len(set(names)) == len(names)
    assert all(vector["why"].endswith(".") for vector in TABLE["vectors"])
    assert (TABLE["version"], TABLE["licence"]) == (1, "CC0-1.0")
