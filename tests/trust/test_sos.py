"""SOS: it goes before everything else, and what is said about it is so."""

import threading

import pytest

from server.accounts.rate_limits import PER_HANDLE
from server.app import build
from server.store import in_flight
from server.store.in_flight import GROUP
from server.store.pending import PendingMutation, Submission
from sync.clock import HOUR
from tests.conftest import CONFIG, PASSPHRASE
from tests.phone import Lost
from tests.trust.calling import WORDS, at_once, calls, raised, sos, staff_of
from tests.waiting import PATIENCE, until


@pytest.fixture
def staff(world, sam, pair):
    return staff_of(world, sam)


def committed(world):
    """Return the list of what is stored from now on, (kind, id), in the order of the commits."""
    stored, after = [], world.parts.group_commit._after

    def follow(group):
        stored.extend((record.kind, record.id) for records, _ in group for record in records)
        after(group)

    world.parts.group_commit._after = follow
    return stored


# It goes first


def test_what_was_raised_without_a_network_is_raised_as_soon_as_there_is_one(world, sam, ann, staff):
    call_server, ann.transport.call = ann.transport.call, lost
    with pytest.raises(Lost):
        ann.do("sos.raise", id="s1", words=WORDS)
    assert ann.records("sos") == [], "not delivered yet is what the phone has to say"
    assert [one["name"] for one in ann.outbox] == ["sos.raise"]
    world.wait(HOUR)
    ann.transport.call = call_server
    assert [one["ok"] for one in ann.sync()] == [True]
    assert sos(ann)["state"] == "raised"
    assert len(calls(sam)) == 1
    assert sos(ann)["raised_at"] == world.time - HOUR


def lost(_verb, _body):
    raise Lost


def test_an_answer_that_got_lost_calls_nobody_twice(world, sam, ann, staff):
    mutation = ann.does("sos.raise", id="s1")
    first = ann.transport.call("push", {"mutations": [mutation]})["outcomes"]
    assert ann.push() == first
    assert len(sos(ann)["asked"]) == 1
    assert [one["data"].get("again_at") for one in calls(sam)] == [None]


@pytest.mark.parametrize("place", ["first", "last"])
def test_it_overtakes_five_hundred_messages_of_the_same_push(world, sam, ann, pair, staff, place):
    """Whether the phone knows that it goes first, or not."""
    stored = committed(world)
    for number in range(499):
        ann.does("message.send", space=pair, id=f"m{number}", text="queued", origin="person")
    ann.does("sos.raise", id="s1")
    if place == "last":
        ann.outbox.append(ann.outbox.pop(0))
    outcomes = ann.push()
    assert [outcome["ok"] for outcome in outcomes] == [True] * 500
    assert ann.outbox == []
    assert stored.index(("sos", "s1")) < stored.index(("message", "m0"))
    assert [kind for kind, _ in stored].index("call") < stored.index(("message", "m0"))
    assert sum(kind == "message" for kind, _ in stored) == 499
    assert sum(kind == "sos" for kind, _ in stored) == 1, "found again in its turn, and not done again"
    [place_of] = [at for at, outcome in enumerate(outcomes) if outcome["changes"][0]["kind"] == "sos"]
    assert place_of == (0 if place == "first" else 499), "outcomes come in the order of the outbox"


def test_it_is_raised_though_what_was_written_before_it_is_refused_or_has_no_answer(world, ann, pair, staff):
    world.parts.group_commit._attempt, attempt = failing(world.parts.group_commit), world.parts.group_commit._attempt
    ann.does("message.send", space="pair:nowhere", id="m1", text="refused", origin="person")
    ann.does("message.send", space=pair, id="fails", text="no answer", origin="person")
    ann.does("sos.raise", id="s1")
    ann.outbox.append(ann.outbox.pop(0))
    outcomes = ann.push()
    assert [outcome["ok"] for outcome in outcomes] in ([], [False])
    assert sos(ann)["state"] == "raised"
    world.parts.group_commit._attempt = attempt
    ann.push()
    assert ann.outbox == []
    assert len(ann.records("sos")) == 1


def failing(group_commit):
    """Return an attempt that fails for every group with a message."""
    attempt = group_commit._attempt

    def run(group, *, again):
        if any(pending.command == "message.send" for batch in group for pending in batch.mutations):
            raise RuntimeError
        return attempt(group, again=again)

    return run


def test_too_many_who_wait_do_not_keep_it_out(world, ann, pair, staff, monkeypatch):
    monkeypatch.setattr(in_flight, "WAITING", 0)
    full = world.parts.backend.mutate(ann.transport.caller, ann.does("note.put", id="n1", title="A note"))
    assert full["error"]["code"] == "try_later"
    assert raised(ann)["data"]["state"] == "raised"


def test_it_goes_to_the_front_of_those_who_wait(world, staff):
    """And a batch that waits is woken all the same."""
    group_commit, started, go_on, order = world.parts.group_commit, threading.Event(), threading.Event(), []

    def decided(name):
        def decide(_change_set):
            order.append(name)
            if name == "leads":
                started.set()
                assert go_on.wait(PATIENCE)
            return []

        return decide

    def runs(name, command="note.put"):
        asked = [PendingMutation(f"|{name}", "", command, decided(name))]
        thread = threading.Thread(target=group_commit.run, args=(asked,))
        thread.start()
        return thread

    threads = [runs("leads")]
    assert started.wait(PATIENCE)
    for number in range(GROUP + 10):
        group_commit._in_flight._waiting.append(
            Submission([PendingMutation(f"|n{number}", "", "note.put", decided(f"n{number}"))])
        )
    waiting = len(group_commit._in_flight._waiting)
    threads.append(runs("sos", "sos.raise"))
    until(lambda: len(group_commit._in_flight._waiting) > waiting)
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert order[:3] == ["leads", "sos", "n0"]


def test_nobody_is_limited_in_raising_one(world, ann, staff):
    """However often somebody has tried passphrases, and however often they raise."""
    for _ in range(PER_HANDLE[0].amount):
        world.parts.accounts._tries.sign_in("login", "127.0.0.1", "ann")
    client = world.parts.app.test_client()
    body = {"handle": "ann", "passphrase": PASSPHRASE, "device": "phone"}
    assert client.post("/api/v1/login", json=body).status_code == 429
    for number in range(30):
        assert raised(ann, f"s{number}")["id"] == "s0"


# One is one


def test_the_same_need_from_several_devices_is_one_sos_and_one_call(world, sam, ann, staff):
    tablet, watch = (world.phone(ann.transport.caller, name) for name in ("tablet", "watch"))
    assert raised(ann, "s1", words=WORDS)["id"] == "s1"
    assert raised(tablet, "s2")["id"] == "s1"
    assert raised(watch, "s3", words="again")["id"] == "s1"
    assert len(calls(sam)) == 1
    tablet.sync()
    assert [one["id"] for one in tablet.records("sos")] == ["s1"]
    assert calls(sam)[0]["data"]["words"] == WORDS


def test_two_devices_that_raise_at_once_on_two_workers_raise_one(world, sam, ann, staff):
    tablet = world.phone(ann.transport.caller, "tablet")
    tablet.transport.parts = build(CONFIG, world.mongo, lambda: world.time)
    at_once([lambda: raised(ann, "s1"), lambda: raised(tablet, "s2")])
    assert world.mongo.records.count_documents({"kind": "sos"}) == 1
    assert len(calls(sam)) == 1


def test_an_id_that_was_used_before_is_taken(world, ann, staff):
    raised(ann)
    assert ann.do("sos.close", id="s1")["ok"]
    assert ann.do("sos.raise", id="s1")["error"]["code"] == "id_taken"
    assert raised(ann, "s2")["data"]["state"] == "raised"
