"""Hours against a slow oracle that asks, for every minute of a week, what time it is there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.matching.absences import going_on, joined, moved
from server.matching.candidate_columns import words
from server.matching.hours import (
    FULL,
    SLOT,
    SLOTS,
    Hours,
    evenings,
    on_shift_deadline,
    require_zone,
    slot,
    week,
)
from sync.clock import DAY, MINUTE

ZONES = (
    "UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Sao_Paulo",
    "America/Santiago", "Africa/Casablanca", "Africa/Cairo", "Antarctica/Troll", "Asia/Kolkata", "Asia/Kathmandu",
    "Asia/Jerusalem", "Asia/Tehran", "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Apia", "Pacific/Chatham",
    "Pacific/Kiritimati", "Pacific/Marquesas", "Pacific/Pago_Pago",
)  # fmt: skip


def at(text: str) -> int:
    """Return a UTC time in ms."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def inside(hours: Hours, ms: int) -> bool:
    """Tell whether a minute is within the hours, by the clock on the wall there."""
    there = datetime.fromtimestamp(ms / 1000, ZoneInfo(hours.zone))
    minute = there.hour * 60 + there.minute
    weekly = [(start, end) for day, start, end in hours.weekly if day == there.weekday()]
    spans = hours.exceptions.get(there.date().isoformat(), weekly)
    return any(start <= minute < end for start, end in spans)


def place(ms: int) -> int:
    """Return which quarter of an hour of the week it is, by the UTC calendar."""
    utc = datetime.fromtimestamp(ms / 1000, UTC)
    return utc.weekday() * 96 + utc.hour * 4 + utc.minute // 15


def slots_from(now: int) -> Iterator[int]:
    """Return when each of the slots of the week begins, from the one that is now."""
    first = now // (15 * MINUTE) * (15 * MINUTE)
    return (first + number * 15 * MINUTE for number in range(7 * 96))


def slow_week(hours: Hours, now: int) -> int:
    whole = (start for start in slots_from(now) if all(inside(hours, start + m * MINUTE) for m in range(15)))
    return sum(1 << place(start) for start in whole)


@cache
def changes(zone: str) -> list[int]:
    """Return when clocks change in a zone from 2024 to 2030, to the hour, or else any time at all."""
    there = ZoneInfo(zone)
    moments = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(6 * 365 * 24)]
    offsets = [moment.astimezone(there).utcoffset() for moment in moments]
    found = [moments[n] for n in range(1, len(moments)) if offsets[n] != offsets[n - 1]]
    return [round(moment.timestamp() * 1000) for moment in found or moments[::1000]]


quarters = st.integers(0, 96).map(lambda number: number * 15)
spans = st.tuples(quarters, quarters).filter(lambda span: span[0] < span[1])
weeks = st.lists(st.tuples(st.integers(0, 6), spans), max_size=8).map(
    lambda days: tuple((day, *span) for day, span in days)
)


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, int]:
    """Return a zone and a time in ms, most often within a week before clocks change there, or shortly after."""
    zone = draw(st.sampled_from(ZONES))
    near = draw(st.sampled_from(changes(zone)))
    edges = st.builds(lambda days, slots: days * DAY + slots * SLOT, st.integers(-8, 1), st.integers(-2, 2))
    return zone, near + draw(st.one_of(edges, st.integers(-8 * DAY, DAY), st.integers(-300 * DAY, 300 * DAY)))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Hours, int]:
    zone, now = draw(moments())
    today = datetime.fromtimestamp(now / 1000, UTC).date()
    dates = st.integers(-3, 9).map(lambda days: (today + timedelta(days)).isoformat())
    exceptions = draw(st.dictionaries(dates, st.lists(spans, max_size=3).map(tuple), max_size=3))
    return Hours(zone, draw(weeks), exceptions), now


@settings(max_examples=150)
@given(situations())
@example((Hours("Europe/Berlin", (), {"2026-10-25": ((60, 240),)}), at("2026-10-20T12:00")))
@example((Hours("Australia/Lord_Howe", ((6, 60, 240),), {"2026-10-04": ()}), at("2026-10-01T00:07")))
def test_a_week_is_what_the_clock_on_the_wall_says_minute_by_minute(situation):
    hours, now = situation
    assert week(hours, now) == slow_week(hours, now)


SUNDAY = ((6, 60, 240),)  # from 1 to 4, across the hour that changes
GOLDEN = [  # zone, a Sunday, from and to in UTC: worked out by hand
    ("Europe/Berlin", "2026-03-29", "03-29T00:00", "03-29T02:00"),
    ("Europe/Berlin", "2026-10-25", "10-24T23:00", "10-25T03:00"),
    ("Europe/Berlin", "2027-03-28", "03-28T00:00", "03-28T02:00"),
    ("Europe/Berlin", "2027-10-31", "10-30T23:00", "10-31T03:00"),
    ("Europe/Berlin", "2027-11-07", "11-07T00:00", "11-07T03:00"),
    ("America/New_York", "2026-03-08", "03-08T06:00", "03-08T08:00"),
    ("America/New_York", "2026-11-01", "11-01T05:00", "11-01T09:00"),
    ("America/New_York", "2027-03-14", "03-14T06:00", "03-14T08:00"),
    ("America/New_York", "2027-11-07", "11-07T05:00", "11-07T09:00"),
    ("Australia/Lord_Howe", "2026-04-05", "04-04T14:00", "04-04T17:30"),
    ("Australia/Lord_Howe", "2026-10-04", "10-03T14:30", "10-03T17:00"),
    ("Australia/Lord_Howe", "2027-04-04", "04-03T14:00", "04-03T17:30"),
    ("Australia/Lord_Howe", "2027-10-03", "10-02T14:30", "10-02T17:00"),
    ("Asia/Kathmandu", "2026-03-29", "03-28T19:15", "03-28T22:15"),
    ("Asia/Kathmandu", "2027-10-31", "10-30T19:15", "10-30T22:15"),
    ("America/Sao_Paulo", "2026-02-22", "02-22T04:00", "02-22T07:00"),
    ("America/Sao_Paulo", "2026-10-18", "10-18T04:00", "10-18T07:00"),
    ("America/Sao_Paulo", "2027-02-21", "02-21T04:00", "02-21T07:00"),
    ("America/Sao_Paulo", "2027-10-17", "10-17T04:00", "10-17T07:00"),
]


@pytest.mark.parametrize("before", [4, 1])
@pytest.mark.parametrize(("zone", "day", "start", "end"), GOLDEN)
def test_a_night_in_which_clocks_change_has_the_hours_it_really_has(zone, day, start, end, before):
    year = day[:4]
    first, last = at(f"{year}-{start}"), at(f"{year}-{end}")
    now = at(day) - before * DAY
    expected = sum(1 << place(ms) for ms in range(first, last, 15 * MINUTE))
    assert week(Hours(zone, SUNDAY, {}), now) == expected
    dated = {day: ((60, 240),)}
    assert week(Hours(zone, (), dated), now) == expected, "a day that is different is no different"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham"])
@pytest.mark.parametrize("days", range(9))
def test_a_change_of_clocks_whole_days_away_is_not_missed_by_a_slot(zone, days):
    """The hours begin when clocks change there, or end: one slot by the wrong clock would show."""
    nights = tuple((day, *span) for day in range(7) for span in ((120, 150), (165, 180)))
    for change in changes(zone)[:2]:
        for slots in (-1, 0, 1):
            now = change - days * DAY + slots * SLOT
            assert week(Hours(zone, nights, {}), now) == slow_week(Hours(zone, nights, {}), now)


def test_slot_0_begins_on_monday_at_midnight_utc():
    monday = at("2026-11-23T00:00")
    assert week(Hours("UTC", ((0, 0, 15),), {}), monday) == 1
    assert week(Hours("UTC", ((6, 1425, 1440),), {}), monday) == 1 << 671
    assert slot(monday) % SLOTS == 0
    assert slot(monday - 1) % SLOTS == 671
    assert SLOT == 15 * MINUTE


def test_all_hours_are_all_slots_and_no_hours_none():
    always = tuple((day, 0, 1440) for day in range(7))
    for zone in ZONES:
        assert week(Hours(zone, always, {}), at("2026-10-20T12:34")) == FULL == (1 << 672) - 1
        assert week(Hours(zone, (), {}), at("2026-10-20T12:34")) == 0


def test_a_day_off_takes_the_place_of_that_day_alone():
    always = tuple((day, 0, 1440) for day in range(7))
    now = at("2026-06-10T00:00")  # a Wednesday
    off = week(Hours("UTC", always, {"2026-06-12": ()}), now)
    assert off == FULL & ~(((1 << 96) - 1) << 4 * 96)
    assert week(Hours("UTC", always, {"2026-06-17": (), "2026-06-09": (), "1999-01-01": ()}), now) == FULL


@settings(max_examples=60)
@given(situations(), st.integers(1, 30 * 60), st.integers(0, 6 * 24 * 60))
@example((Hours("UTC", ((2, 540, 600),), {}), at("2026-06-10T09:20")), 40, 60)  # done as the slot ends
@example((Hours("UTC", ((2, 540, 600),), {}), at("2026-06-10T09:20")), 40, 30)  # the cap comes first
def test_time_on_shift_is_counted_minute_by_minute_up_to_the_cap(situation, on_shift, cap):
    hours, now = situation[0], situation[1] // MINUTE * MINUTE
    there = [minute for minute in range(cap) if inside(hours, now + minute * MINUTE)]
    minutes = there[on_shift - 1] + 1 if len(there) >= on_shift else cap
    assert on_shift_deadline(hours, now, on_shift * MINUTE, cap * MINUTE) == now + minutes * MINUTE


@settings(max_examples=40)
@given(
    situations(),
    st.integers(1, 30 * 60),
    st.integers(0, 2 * 24 * 60),
    st.lists(st.tuples(st.integers(-600, 3000), st.integers(0, 900)), max_size=4),
)
@example((Hours("UTC", ((2, 540, 600),), {}), at("2026-06-10T09:20")), 40, 60, [(10, 20), (30, 5), (80, 4)])
def test_neither_time_on_shift_nor_the_cap_counts_the_time_of_absences(situation, on_shift, cap, spans):
    hours, now = situation[0], situation[1] // MINUTE * MINUTE
    absences = joined((now + start * MINUTE, now + (start + lasts) * MINUTE) for start, lasts in spans)
    attended = [one for one in range(cap + 4 * 900) if not going_on(absences, now + one * MINUTE)][:cap]
    there = [minute for minute in attended if inside(hours, now + minute * MINUTE)]
    minutes = there[on_shift - 1] + 1 if len(there) >= on_shift else attended[-1] + 1 if attended else 0
    assert moved(absences, now, now + cap * MINUTE) == now + (attended[-1] + 1 if attended else 0) * MINUTE
    assert on_shift_deadline(hours, now, on_shift * MINUTE, cap * MINUTE, absences) == now + minutes * MINUTE


def test_time_on_shift_is_counted_to_the_millisecond_and_from_when_the_shift_begins():
    hour = 60 * MINUTE
    evening, monday = Hours("UTC", ((0, 1080, 1320),), {}), at("2026-11-23T00:00")
    six = monday + 18 * hour
    assert on_shift_deadline(evening, monday, 90 * MINUTE, DAY) == six + 90 * MINUTE
    assert on_shift_deadline(evening, six + 7, 4 * hour - 7, DAY) == six + 4 * hour
    assert on_shift_deadline(evening, six + 7, 4 * hour - 6, DAY) == six + 7 + DAY, (
        "the shift is a millisecond too short"
    )
    assert on_shift_deadline(evening, six + 7, hour, hour - 1) == six + 7 + hour - 1


@settings(max_examples=60)
@given(moments(), st.integers(0, FULL))
def test_evenings_are_the_slots_after_six_there(moment, bits):
    zone, now = moment
    there = ZoneInfo(zone)
    taken = [start for start in slots_from(now) if bits >> place(start) & 1]
    late = [start for start in taken if datetime.fromtimestamp(start / 1000, there).hour >= 18]
    assert evenings(bits, zone, now) == pytest.approx(len(late) / len(taken) if taken else 0.0)


@given(st.integers(0, FULL))
def test_words_hold_every_slot_once(bits):
    row = words(bits)
    assert row.shape == (12,)
    assert row.dtype == "uint64"
    assert [number for number in range(SLOTS) if bits >> number & 1] == [
        56 * word + bit for word in range(12) for bit in range(64) if int(row[word]) >> bit & 1
    ]


BAD = ["", ".", "..", "../x", "/etc/passwd", "Europe", "Europe/Nowhere", "Europe/Berlin/", "x" * 5000, "a\0b", "\ud800"]


@pytest.mark.parametrize("name", BAD)
def test_a_zone_that_there_is_not_is_refused_by_name(name):
    with pytest.raises(ValueError, match=r"^There is no time zone '") as caught:
        require_zone(name)
    assert name[:64] in str(caught.value)
    assert len(str(caught.value)) < 200


@given(st.text(max_size=80))
def test_whatever_is_given_for_a_zone_is_one_or_refused(name):
    try:
        assert require_zone(name).key == name
    except ValueError as error:
        assert str(error).startswith("There is no time zone")  # noqa: PT017 — either is right
