"""Promised times: the published table, and a slow oracle that looks for the time on the clock minute by minute."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.trust.walltime import instant
from sync.clock import DAY, HOUR

TABLE = json.loads((Path(__file__).parents[2] / "docs/vectors/promises.json").read_text(encoding="utf-8"))
ZONES = ("UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "Africa/Casablanca", "Africa/Cairo",
         "Antarctica/Troll", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham")  # fmt: skip
CHANGES = ((2025, 2, 23), (2025, 3, 9), (2025, 3, 30), (2025, 4, 6), (2025, 4, 25), (2025, 9, 28), (2025, 10, 5),
           (2025, 10, 26), (2025, 10, 30), (2025, 11, 2), (2011, 12, 30))  # fmt: skip


def at(text: str) -> int:
    """Return a moment in ms."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def shown(moment: int, zone: str) -> str:
    """Return what a clock on a wall shows."""
    there = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)
    return there.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize("vector", TABLE["vectors"], ids=lambda vector: vector["name"])
def test_every_published_time_is_the_moment_that_the_table_says(vector):
    moment = instant(vector["local"], vector["zone"])
    assert moment == at(vector["instant"])
    assert {zone: shown(moment, zone) for zone in vector["reads"]} == vector["reads"]


@pytest.mark.parametrize("vector", TABLE["refused"], ids=lambda vector: vector["why"])
def test_what_is_no_time_or_no_zone_is_refused_in_plain_words(vector):
    with pytest.raises(ValueError, match=r"is no local time; write it as YYYY|There is no time zone") as refused:
        instant(vector["local"], vector["zone"])
    assert ("time zone" in str(refused.value)) == (vector["zone"] != "Europe/Berlin")


def test_a_refusal_does_not_repeat_a_whole_book():
    with pytest.raises(ValueError, match="is no local time") as refused:
        instant("9" * 10_000, "UTC")
    assert len(str(refused.value)) < 160


@settings(max_examples=150)
@given(st.sampled_from(ZONES), st.sampled_from(CHANGES), st.integers(-720, 2160))
def test_the_moment_is_the_last_at_which_a_clock_shows_the_time_or_else_as_much_later(zone, day, minutes):
    wall = datetime(*day, tzinfo=UTC) + timedelta(minutes=minutes)
    local, moment = wall.strftime("%Y-%m-%dT%H:%M"), instant(wall.strftime("%Y-%m-%dT%H:%M"), zone)
    first = round(wall.timestamp() * 1000) - 15 * HOUR
    showing = [one for one in range(first, first + 30 * HOUR, 60_000) if shown(one, zone) == local]
    if showing:
        assert moment == showing[-1]
    else:
        there = datetime.fromtimestamp(moment / 1000, ZoneInfo(zone))
        before = there - timedelta(hours=49)  # as on the wall: no clock changes twice in two days
        moved = there.replace(tzinfo=UTC) - wall
        assert moved == there.utcoffset() - before.utcoffset() > timedelta(0)


@settings(max_examples=100)
@given(st.sampled_from(ZONES), st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)))  # noqa: DTZ001 — walls
def test_every_time_on_a_wall_is_some_moment_within_a_day(zone, wall):
    moment = instant(wall.strftime("%Y-%m-%dT%H:%M"), zone)
    assert abs(moment - wall.replace(tzinfo=UTC, second=0, microsecond=0).timestamp() * 1000) <= DAY
