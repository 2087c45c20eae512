"""Write conflicts: the database answers them at once, and goes on doing so as long as another worker is faster."""

import math
import threading
import time
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import TryLater
from server.app import build
from server.store import group_commit
from server.store.in_flight import apart
from server.store.pending import PendingMutation, Submission
from sync.record import Key
from tests.conftest import CONFIG
from tests.faults.wire_errors import error
from tests.store.failing import followed, proxy, sends, world  # noqa: F401 — fixtures
from tests.waiting import until

# ruff: noqa: F811

CONFLICT = 112


def submission(spaces):
    return Submission([PendingMutation(space, "", "", lambda _: [], [Key(space, "note", "1")]) for space in spaces])


@given(st.lists(st.sets(st.sampled_from("abcdefgh"), min_size=1, max_size=3), max_size=12))
def test_a_group_is_stored_in_parts_that_share_no_space_and_keep_their_order(spaces):
    group = [submission(sorted(names)) for names in spaces]
    parts = apart(group)
    assert sorted(map(id, group)) == sorted(id(one) for part in parts for one in part)
    for part in parts:
        assert [group.index(one) for one in part] == sorted(group.index(one) for one in part)
    held = [set().union(*(one.spaces for one in part)) for part in parts]
    assert sum(map(len, held)) == len(set().union(*held)), "two parts share a space"


@pytest.fixture
def patient(monkeypatch):
    monkeypatch.setattr(group_commit, "PATIENCE", 60)


@pytest.fixture
def pauses(monkeypatch):
    """Return the pauses that were made between attempts."""
    made = []
    clock = SimpleNamespace(sleep=made.append, monotonic=time.monotonic, perf_counter=time.perf_counter)
    monkeypatch.setattr(group_commit, "time", clock)
    return made


def test_it_waits_longer_and_longer_between_attempts(world, proxy, ann, pair, patient, pauses):
    """Twelve conflicts in a row are answered within some milliseconds; a commit of another worker takes longer."""
    assert sends(ann, pair, "m0")["ok"]
    fault = proxy.answer("update", error(CONFLICT), 12, lambda body: "autocommit" in body)
    assert sends(ann, pair, "m1")["ok"]
    assert fault.left == 0
    assert len(pauses) == 11, "after the first one it decides again at once, with reads"
    assert pauses[0] <= 0.004
    assert all(group_commit.LONGEST_PAUSE >= pause >= 0.0005 for pause in pauses)
    assert max(pauses[-3:]) > 50 * pauses[0]


def test_a_space_in_which_others_are_always_faster_holds_up_no_other(world, proxy, sam, ann, pair, monkeypatch):
    """Both come in one group. The one is answered although the other never will be."""
    monkeypatch.setattr(group_commit, "PATIENCE", 2)
    assert sends(ann, pair, "m0")["ok"]
    own, answered = f"user:{sam.user}", []
    proxy.answer("update", error(CONFLICT), math.inf, lambda body: pair in str(body["updates"]))

    def send(phone, mutation):
        answered.append((phone.user, phone.transport.call("mutate", mutation).get("error", {}).get("code", "ok")))

    message = ann.does("message.send", space=pair, id="m1", text="hello", origin="person")
    note = sam.does("note.put", id="n1", title="A note")
    threads = [threading.Thread(target=send, args=arguments) for arguments in ((ann, message), (sam, note))]
    store = world.parts.group_commit
    with store._turn:
        for thread in threads:
            thread.start()
        until(lambda: len(store._in_flight) == 2)
    store._in_flight.wake()
    for thread in threads:
        thread.join(60)
    assert answered == [(sam.user, "ok"), (ann.user, TryLater.code)]
    assert world.mongo.records.find_one({"space": own, "id": "n1"})


def test_it_does_not_decide_again_on_what_it_has_seen_before(world, proxy, sam, ann, pair, patient):
    """The other worker's commit made the conflict; a majority does not have it yet, and then it has."""
    other = build(CONFIG, world.mongo, lambda: world.time)
    assert sends(ann, pair, "m0")["ok"], "it remembers the space"
    proxy.hide_commits({"records", "spaces"}, 600_000)
    sam.transport.parts = other
    assert sends(sam, pair, "m1")["ok"]
    inserts = len(proxy.seen("insert"))
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(sends(ann, pair, "m2")))
    thread.start()
    until(lambda: proxy.hidden.waiting)
    proxy.heal()
    thread.join(60)
    assert outcomes[0]["ok"]
    tried = [one for one in proxy.seen("insert")[inserts:] if one.body["insert"] == "records"]
    assert len(tried) == 2, "once on what it remembered, once on what there was"
