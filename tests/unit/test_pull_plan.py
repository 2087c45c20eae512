"""What a phone is missing, from numbers alone."""

from hypothesis import given
from hypothesis import strategies as st

from sync.pull import Extent, Step, advanced, plan

names = st.sampled_from(["user:a", "pair:b", "pair:c", "pair:d"])
vectors = st.dictionaries(names, st.integers(0, 9))
extents = st.dictionaries(names, st.tuples(st.integers(1, 9), st.integers(0, 4)).map(lambda e: Extent(max(e), e[1])))


def test_a_space_that_did_not_move_is_not_read():
    assert plan({"pair:a": 3}, ["pair:a"], {"pair:a": Extent(3)}).steps == []


def test_a_space_that_moved_is_read_from_where_the_phone_is():
    assert plan({"pair:a": 3}, ["pair:a"], {"pair:a": Extent(5)}).steps == [Step("pair:a", 3, 5)]


def test_a_new_space_is_read_from_the_start():
    assert plan({}, ["pair:a"], {"pair:a": Extent(5)}).steps == [Step("pair:a", None, 5)]


def test_a_phone_ahead_of_a_restored_server_starts_over():
    done = plan({"pair:a": 9}, ["pair:a"], {"pair:a": Extent(5)})
    assert done.reset == ["pair:a"]
    assert done.steps == [Step("pair:a", None, 5)]


def test_a_phone_that_missed_an_expired_tombstone_starts_over():
    assert plan({"pair:a": 2}, ["pair:a"], {"pair:a": Extent(5, floor=3)}).reset == ["pair:a"]
    assert plan({"pair:a": 3}, ["pair:a"], {"pair:a": Extent(5, floor=3)}).reset == []


@given(vectors, extents)
def test_after_doing_what_is_planned_nothing_is_left_to_do(vector, extents):
    done = plan(vector, list(extents), extents)
    caught_up = vector | {step.space: step.head for step in done.steps}
    assert plan(caught_up, list(extents), extents) == ([], [])


@given(vectors, vectors)
def test_what_was_seen_live_never_takes_a_phone_back(vector, seen):
    moved = advanced(vector, seen)
    assert all(moved[space] >= seq for space, seq in (vector | seen).items() if space in vector)
    assert moved.keys() == vector.keys() | seen.keys()
