"""The hybrid logical clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.clock import DRIFT, LAST_COUNTER, LAST_MS, Stamp, clamped, parse
from tests.phone import Clock

stamps = st.builds(Stamp, st.integers(0, LAST_MS - 1), st.integers(0, LAST_COUNTER), st.sampled_from("abc"))


@given(stamps)
def test_a_stamp_survives_the_wire(stamp):
    assert parse(str(stamp), stamp.device) == stamp


@given(stamps)
def test_the_next_stamp_is_later(stamp):
    assert stamp.next() > stamp


def test_the_counter_spills_into_the_milliseconds():
    assert Stamp(7, LAST_COUNTER, "a").next() == Stamp(8, 0, "a")


@pytest.mark.parametrize(
    "text", ["", "7", "7-", "-7", "7-7-7", "x-0", "7-65536", f"{2**48}-0", "\uff17-0", " 7-0", "7-0\n"]
)
def test_what_is_not_a_stamp_is_refused(text):
    with pytest.raises(ValueError, match=r"clock"):
        parse(text)


@given(stamps, st.integers(0, LAST_MS))
def test_late_is_fine_and_early_is_not(stamp, now):
    kept = clamped(stamp, now)
    assert kept.at <= now + DRIFT
    assert kept.device == stamp.device
    if stamp.at <= now + DRIFT:
        assert kept == stamp
    else:
        assert kept == Stamp(now, 0, stamp.device)


@given(stamps, stamps, st.integers(0, LAST_MS))
def test_a_stamp_that_is_set_back_is_not_set_back_behind_what_it_changes(stamp, last, now):
    kept, later = clamped(stamp, now, last), last.next()._replace(device=stamp.device)
    assert kept >= min(stamp, later)
    assert kept <= max(stamp, Stamp(now, 0, stamp.device))
    if last.at < now:
        assert kept.at <= now + DRIFT


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10), stamps)))
def test_what_a_device_stamps_is_later_than_all_it_stamped_or_saw(story):
    clock, last = Clock("me"), Stamp(0)
    for sees, now, stamp in story:
        if sees:
            clock.see(stamp)
            last = max(last, stamp)
        else:
            made = clock.tick(now)
            assert made > last
            last = made
