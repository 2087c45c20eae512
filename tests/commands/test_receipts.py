"""What a receipt shows, and when, for any story of moves: laws of the plan that is hidden in a position."""

from dataclasses import replace
from statistics import mean, median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.commands.context import SYSTEM, Context, require_command
from server.commands.conversation.receipt import LONGEST_WAIT
from server.trust.quiet import Quiet, quiet_until
from sync.clock import HOUR, MINUTE, Stamp
from sync.record import Record, position_key, private
from tests.commands.arranged import arranged
from tests.commands.dict_reads import SECRET

HEAD = 1_000  # the last seq of the space
QUARTERS = [[15, 360], [375, 720], [735, 1080], [1095, 1440]]  # four times a day, a quarter of an hour is not quiet
NIGHTS = [("UTC", []), ("UTC", QUARTERS), ("Europe/Berlin", [[1320, 420]]), ("Asia/Kathmandu", [[0, 600], [720, 1425]])]


class Reading:
    """Ann, who receives and reads what sam writes; and what sam is shown of it: ``shown`` has (when, part, seq)."""

    def __init__(self, *, receipts=True, night=("UTC", [])):
        here = arranged("position.read")
        self.caller, self.space, self.now = here.caller, here.space, here.now
        agreement = here.the("agreement")
        terms = {**agreement.data["terms"], "receipts": receipts}
        quiet = Record("me", "quiet", private(self.caller.user), "", {"zone": night[0], "spans": night[1]})
        last = Record("last", "message", here.space, seq=HEAD, first_seq=HEAD)
        agreed = replace(agreement, data={**agreement.data, "terms": terms})
        self.reads = here.reads.with_records([agreed, quiet, last])
        self.night = Quiet(night[0], tuple(map(tuple, night[1])))
        self.moved = {"delivered": {0: self.now}, "read": {0: self.now}}  # {part: {seq: when it got there}}
        self.shown, self.ages = [], []

    @property
    def position(self):
        return self.reads.get(position_key(self.caller.user, self.space))

    def decide(self, caller, name, **args):
        """Let a command be decided, as another mutation than any other."""
        mutation = f"{name} {args} {self.now}"
        context = Context(caller, mutation, Stamp(self.now, 0, "d"), self.now, SECRET, self.reads)
        records = require_command(name, caller).decide(context, args)
        self.reads = self.reads.with_records(records)
        return records

    def moves(self, verb, seq):
        """Let the position move, and note when each part of it got where it is."""
        self.decide(self.caller, f"position.{verb}", space=self.space, seq=seq)
        for part, places in self.moved.items():
            places.setdefault(self.position.data.get(part, 0), self.now)

    def passes(self, ms):
        """Let time pass, and what is due meanwhile be shown at its time."""
        end = self.now + ms
        while self.position is not None and self.position.due is not None and self.position.due <= end:
            self.now = max(self.now, self.position.due)
            before = self.receipt()
            self.decide(SYSTEM, "position.show", space=private(self.caller.user), id=self.position.id)
            assert self.position.due is None or self.position.due > self.now
            self.looks(before, self.receipt())
        self.now = end

    def receipt(self):
        found = [one for one in self.reads.records.values() if (one.kind, one.space) == ("receipt", self.space)]
        assert all((one.stamps, one.hidden, one.due) == ({}, {}, None) for one in found)
        return dict(found[0].data) if found else {}

    def looks(self, before, after):
        """Hold what sam sees now to the laws."""
        for part, seq in after.items():
            assert before.get(part, 0) <= seq <= self.position.data[part], "back, or ahead of the position"
            if seq != before.get(part, 0):
                self.shown.append((self.now, part, seq))
                self.ages.append(self.now - min(at for place, at in self.moved[part].items() if place >= seq))
                assert self.ages[-1] > 0, "at once"
        assert after.get("read", 0) <= after.get("delivered", 0)


MOVES = st.lists(
    st.tuples(st.sampled_from(["delivered", "read"]), st.integers(1, 60), st.integers(0, 3 * MINUTE)), max_size=12
)


@settings(max_examples=40)
@given(MOVES, st.sampled_from(NIGHTS), st.integers(0, 24 * HOUR), st.booleans())
def test_a_receipt_is_never_ahead_never_goes_back_and_tells_of_no_reading_in_quiet_hours(moves, night, start, receipts):
    ann = Reading(receipts=receipts, night=night)
    ann.now += start
    for verb, seq, pause in moves:
        ann.moves(verb, seq)
        ann.passes(pause)
    ann.passes(3 * 24 * HOUR)
    end = {} if ann.position is None else {part: ann.position.data.get(part, 0) for part in ann.receipt()}
    assert ann.receipt() == end, "in the end all is shown that may be"
    assert ("read" in ann.receipt()) == (receipts and any(verb == "read" for verb, *_ in moves))
    for now, part, seq in ann.shown:
        assert part == "delivered" or quiet_until(ann.night, now) == now, seq


@settings(max_examples=20)
@given(MOVES, st.integers(0, 24 * HOUR))
def test_reading_changes_nothing_about_when_it_is_shown_that_something_has_arrived(moves, start):
    """With the same arrivals sam is shown the same at the same time, whether ann reads or not."""
    seen = []
    for reads in (False, True):
        ann = Reading(receipts=False, night=NIGHTS[2])
        ann.now += start
        for verb, seq, pause in moves:
            ann.moves("delivered", seq)
            if reads and verb == "read":
                ann.moves("read", seq)
            ann.passes(pause)
        ann.passes(24 * HOUR)
        seen.append(ann.shown)
    assert seen[0] == seen[1]


def test_a_wait_is_drawn_at_random_and_is_a_minute_at_most():
    ann, waits = Reading(), []
    for seq in range(1, 201):
        ann.moves("delivered", seq)
        waits.append(ann.position.due - ann.now)
        ann.passes(HOUR)
    assert (min(waits) > 0, max(waits) <= LONGEST_WAIT) == (True, True)
    assert len(set(waits)) > 190
    assert 0.4 < mean(waits) / LONGEST_WAIT < 0.6
    assert (min(waits) < LONGEST_WAIT / 10, max(waits) > LONGEST_WAIT * 0.9) == (True, True)


@pytest.mark.parametrize(
    ("night", "loud", "ms"),
    [([[0, 420]], 420, HOUR), (QUARTERS, 360, HOUR // 4), ([[1320, 60], [90, 420]], 60, HOUR // 2)],
)
@pytest.mark.parametrize("early", [5 * HOUR, MINUTE - 1, 1])
def test_what_is_read_in_quiet_hours_looks_like_what_is_read_after_them(night, loud, ms, early):
    """It is shown at any time in the hour after quiet hours: those who see it do not know that it was read before.

    So is what is read just before their end. If they begin again sooner, it is shown until then, and not days later.
    """
    ann, waits = Reading(night=("UTC", night)), []
    for day in range(1, 61):
        end = (ann.now // (24 * HOUR) + 1) * 24 * HOUR + loud * MINUTE
        ann.now = end - min(early, loud * MINUTE)
        ann.moves("read", day)
        waits += [at - end for at, _ in ann.position.hidden["plan"]["read"]]
        ann.passes(24 * HOUR - ann.now % (24 * HOUR) - 1)
    assert len(waits) == 60
    assert (min(waits) > 0, max(waits) < ms) == (True, True)
    assert 0.3 < mean(waits) / ms < 0.7
    assert ann.receipt()["read"] == 60


def test_a_busy_conversation_has_few_receipts_and_none_shows_what_has_arrived_just_now():
    ann, minutes = Reading(receipts=False), 60
    for seq in range(1, HEAD):
        ann.moves("delivered", seq)
        ann.passes(minutes * MINUTE // HEAD)
    assert minutes < len(ann.shown) < 3 * minutes
    assert median(ann.ages) > LONGEST_WAIT / 4
    assert max(ann.ages) <= 2 * LONGEST_WAIT


def test_the_same_mutation_draws_the_same_time():
    one, other = Reading(), Reading()
    for ann in (one, other):
        ann.moves("read", 5)
    assert one.position == other.position
    other.moves("read", 7)
    assert one.position.due == other.position.due, "what waits already is not moved"


def test_what_is_overdue_is_shown_at_once_and_what_moves_meanwhile_has_a_wait_of_its_own():
    """After an outage of the scheduler."""
    ann = Reading(receipts=False)
    for seq in range(1, 6):
        ann.moves("delivered", seq)
        ann.now += 5 * MINUTE
    assert len(ann.position.hidden["plan"]["delivered"]) <= 3, "it does not grow"
    ann.now -= 5 * MINUTE
    ann.passes(0)
    assert ann.receipt() == {"delivered": 4}
    ann.passes(MINUTE)
    assert ann.receipt() == {"delivered": 5}
