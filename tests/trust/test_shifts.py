"""Who is on shift when somebody needs a person now: by local hours, on that day, also where clocks change."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.trust.calling import NEVER, call, calls, climb, raised, sos, staff_of

OFFICE = [[day, 540, 1020] for day in range(5)]  # Monday to Friday, 09:00 to 17:00
NIGHT = [[day, *span] for day in range(7) for span in ((0, 360), (1320, 1440))]  # 22:00 to 06:00
MOMENTS = [  # hours, zone, what clocks show there, whether somebody is on shift
    (OFFICE, "Europe/Berlin", "2026-11-23T09:00", True),
    (OFFICE, "Europe/Berlin", "2026-11-23T08:59", False),
    (OFFICE, "Europe/Berlin", "2026-11-27T16:59", True),
    (OFFICE, "Europe/Berlin", "2026-11-27T17:00", False),
    (OFFICE, "Europe/Berlin", "2026-11-28T12:00", False),
    (OFFICE, "Asia/Kolkata", "2026-11-23T09:00", True),
    (OFFICE, "Asia/Kolkata", "2026-11-24T02:00", False),
    (OFFICE, "America/New_York", "2026-11-27T16:30", True),
    (OFFICE, "Pacific/Auckland", "2026-11-30T09:15", True),
    (NIGHT, "Europe/London", "2026-11-29T23:59", True),
    (NIGHT, "Europe/London", "2026-11-30T00:00", True),
    (NIGHT, "Europe/London", "2026-11-30T06:00", False),
    (OFFICE, "Europe/Berlin", "2027-03-26T09:00", True),  # the last day of winter time
    (OFFICE, "Europe/Berlin", "2027-03-29T08:59", False),  # the first of summer time
    (OFFICE, "Europe/Berlin", "2027-03-29T09:00", True),
    (OFFICE, "Europe/Berlin", "2027-03-29T16:59", True),
    (OFFICE, "Europe/Berlin", "2027-03-29T17:00", False),
    (OFFICE, "America/New_York", "2027-03-15T09:00", True),
    (OFFICE, "America/New_York", "2027-03-15T08:45", False),
]


@pytest.mark.parametrize(("weekly", "zone", "clock", "there"), MOMENTS)
def test_their_own_specialist_is_called_during_their_hours_and_not_outside_them(
    world, sam, ann, pair, weekly, zone, clock, there
):
    staff_of(world, sam)
    assert sam.do("availability.set", zone=zone, weekly=weekly, exceptions={})["ok"]
    world.time = at(clock, zone)
    raised(ann)
    assert [one["who"] for one in sos(ann)["asked"]] == ["specialist" if there else "on_call"]
    assert bool(calls(sam)) == there


@pytest.mark.parametrize(("weekly", "zone", "clock", "there"), MOMENTS)
def test_who_is_on_call_is_called_during_those_hours_and_not_outside_them(
    world, sam, ann, pair, weekly, zone, clock, there
):
    staff = staff_of(world, sam)
    assert sam.do("availability.set", zone="UTC", weekly=[], exceptions={})["ok"]
    on_call = {"zone": zone, "weekly": weekly, "exceptions": {}}
    assert staff["olga"].do("watch.edit", handle="oscar", hours=on_call)["ok"]
    world.time = at(clock, zone)
    raised(ann)
    assert [one["who"] for one in sos(ann)["asked"]] == ["on_call" if there else "supervisor"]


def test_a_day_off_is_a_day_on_which_nobody_is_called(world, sam, ann, pair):
    staff_of(world, sam)
    off = {"2026-11-24": []}
    assert sam.do("availability.set", zone="Europe/Berlin", weekly=OFFICE, exceptions=off)["ok"]
    world.time = at("2026-11-24T10:00", "Europe/Berlin")
    raised(ann)
    assert [one["who"] for one in sos(ann)["asked"]] == ["on_call"]


@pytest.mark.parametrize("takes", [False, True])
def test_other_hours_on_call_count_for_the_next_rung_and_take_nobody_off_who_was_called(world, sam, ann, pair, takes):
    staff = staff_of(world, sam)
    assert sam.do("availability.set", zone="UTC", weekly=[], exceptions={})["ok"]
    raised(ann)
    assert staff["olga"].do("watch.edit", handle="oscar", hours=NEVER)["ok"]
    if takes:
        assert staff["oscar"].do("call.take", id=call(staff["oscar"]))["ok"]
    climb(world, 5)
    climb(world, 5)
    who = [one["who"] for one in sos(ann)["asked"]]
    assert who[0] == "on_call"
    assert "on_call" not in who[1:]
    assert (sos(ann)["state"], "supervisor" in who) == (("taken", False) if takes else ("raised", True))


def test_a_specialist_whose_credential_ends_is_still_there_for_their_peer(world, sam, ann, pair):
    staff = staff_of(world, sam)
    raised(ann)
    over = {"specialist": "sam", "supervisor": "sue", "until": world.time}
    assert staff["olga"].do("specialist.certify", **over)["ok"]
    assert sam.do("call.take", id=call(sam))["ok"]
    assert sos(ann)["taken"]["by"] == "specialist"


def at(clock, zone):
    """Return the moment in ms at which clocks show something somewhere."""
    return round(datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
