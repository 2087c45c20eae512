"""Pushes on their way: phones that are connected, providers that fail or are slow, workers, pairings that are over."""

import threading

import pytest

from schemas.errors import TryLater
from server.app import build
from server.notifications.enqueuer import BADGE, PRESENCE
from server.notifications.round import RETRY, TRIES
from server.store.accounts import AccountStore
from sync.clock import DAY
from sync.record import notification_space, private
from tests.conftest import CONFIG
from tests.sealed import push_tokens
from tests.trust.calling import NEVER, raised, staff_of
from tests.trust.notified import CANARY, asked, corrected, failing, new
from tests.trust.scene import pushed, reachable, send
from tests.waiting import PATIENCE, until


@pytest.fixture
def space(world, sam, ann, pair):
    """Return the space of sam and ann, both of whom can be reached, and have been told that they are paired."""
    reachable(world, sam), reachable(world, ann)
    pushed(world, ann)
    return pair


def connected(world, *phones):
    """Let this worker take some people for connected."""
    rooms = {private(phone.user) for phone in phones} | {f"device:{phone.transport.caller.device}" for phone in phones}
    for part in (world.parts.notifications.enqueuer, world.parts.notifications.situations):
        part._connected = rooms.intersection


# Phones that are connected


def test_a_connected_phone_is_waited_for_and_notified_if_it_does_not_say_that_the_message_arrived(
    world, sam, ann, space
):
    connected(world, ann)
    assert send(sam, space, "s0", CANARY)["ok"]
    world.wait(0)
    assert pushed(world, ann) == []
    world.wait(PRESENCE - 1)
    assert pushed(world, ann) == []
    world.wait(1)
    assert pushed(world, ann) == [new(1)]


def test_a_connected_phone_that_says_that_the_message_arrived_is_not_rung(world, sam, ann, space):
    connected(world, ann)
    assert send(sam, space, "s0", CANARY)["ok"]
    assert pushed(world, ann) == []
    world.wait(PRESENCE - 1)
    ann.sync()
    assert ann.do("position.delivered", space=space, seq=ann.records("message", space)[0]["first_seq"])["ok"]
    world.wait(1)
    assert pushed(world, ann) == [corrected(1)], "only the number on the icon"
    world.wait(2 * BADGE)
    assert pushed(world, ann) == []


def test_a_message_rings_although_an_earlier_one_was_waited_for_and_told_by_another_ring(world, sam, ann, space):
    send_it = world.parts.notifications.provider.send

    def open_meanwhile(sent):
        world.parts.notifications.provider.send = send_it
        connected(world, ann)
        assert send(sam, space, "s1", CANARY)["ok"]
        world.parts.notifications.enqueuer.enqueue()
        send_it(sent)

    world.parts.notifications.provider.send = open_meanwhile
    assert send(sam, space, "s0", CANARY)["ok"]
    assert pushed(world, ann) == [new(1)]
    world.wait(500)
    assert pushed(world, ann) == [new(2)]
    connected(world)
    world.wait(1500)
    assert send(sam, space, "s2", CANARY)["ok"]
    assert pushed(world, ann) == [new(3)]


def test_a_message_that_comes_after_something_louder_was_told_is_not_forgotten(world, sam, ann, space):
    connected(world, ann)
    assert send(sam, space, "s0", CANARY)["ok"]
    assert pushed(world, ann) == []
    world.wait(1000)
    asked(sam, space, "q1")
    assert pushed(world, ann) == []
    world.wait(PRESENCE - 1000)
    assert pushed(world, ann) == [new(1)], "the message"
    world.wait(1000)
    assert pushed(world, ann) == [new(1)], "the question"
    assert send(sam, space, "s1", CANARY)["ok"]
    assert pushed(world, ann) == []
    world.wait(PRESENCE)
    assert pushed(world, ann) == [new(2)]


# Providers, and workers


def test_a_provider_that_fails_is_asked_again_and_the_others_are_told_at_once(world, sam, ann, bob, space):
    tina = world.phone(world.person("tina", "specialist"))
    other = world.paired(tina, bob)
    reachable(world, bob)
    pushed(world, bob)
    left = failing(world, *[ann.user] * 2)
    assert send(sam, space, "s0", CANARY)["ok"]
    assert send(tina, other, "t0", CANARY)["ok"]
    assert pushed(world, bob) == [new(1)]
    world.wait(RETRY - 1)
    assert pushed(world, ann) == []
    assert left == [ann.user]
    world.wait(1)
    assert pushed(world, ann) == []
    assert left == []
    world.wait(2 * RETRY - 1)
    assert pushed(world, ann) == []
    world.wait(1)
    assert pushed(world, ann) == [new(1)]
    world.wait(RETRY)
    assert pushed(world, ann) == pushed(world, bob) == []


def test_a_slow_provider_keeps_no_timer_and_no_message_waiting(world, sam, ann, space):
    slow, go_on, record = threading.Event(), threading.Event(), world.parts.notifications.provider.send

    def send_it(sent):
        slow.set()
        assert go_on.wait(PATIENCE)
        record(sent)

    world.parts.notifications.provider.send = send_it
    promised = {"sort": "back", "by": "2026-11-22T10:00", "zone": "UTC"}
    assert send(sam, space, "s0", CANARY)["ok"]
    world.parts.notifications.enqueuer.enqueue()
    pushing = threading.Thread(target=world.parts.notifications.scheduler.run)
    pushing.start()
    try:
        assert slow.wait(PATIENCE)
        world.time = min(world.time, 1_795_000_000_000)
        outcome = ann.do("promise.make", space=space, id="v1", **promised)
        assert outcome["ok"], outcome
        due = world.mongo.records.find_one({"kind": "promise"})["due"]
        world.time = due
        assert world.parts.scheduler.run() == 1
        ann.sync()
        assert ann.records("promise", space)[0]["data"]["state"] == "missed"
        assert pushing.is_alive()
    finally:
        go_on.set()
        pushing.join()


def test_what_rings_while_a_push_is_on_its_way_is_told_as_well(world, sam, ann, space):
    record, again = world.parts.notifications.provider.send, []

    def send_it(sent):
        if not again:
            again.append(send(sam, space, "s1", CANARY))
            world.parts.notifications.enqueuer.enqueue()
        record(sent)

    world.parts.notifications.provider.send = send_it
    assert send(sam, space, "s0", CANARY)["ok"]
    assert pushed(world, ann) == [new(1)]
    assert again[0]["ok"]
    world.wait(1)
    assert pushed(world, ann) == [new(2)]
    world.wait(1)
    assert pushed(world, ann) == []


def test_what_could_not_be_rung_is_gathered_again(world, sam, ann, space):
    enqueuer = world.parts.notifications.enqueuer
    order = enqueuer._order_all
    enqueuer._order_all = lambda *_: (_ for _ in ()).throw(TryLater("Not now.", retry_after=1))
    assert send(sam, space, "s0", CANARY)["ok"]
    with pytest.raises(TryLater):
        enqueuer.enqueue()
    enqueuer._order_all = order
    assert pushed(world, ann) == [new(1)]


def test_two_workers_that_ring_for_one_user_at_once_ring_one_bell_and_one_of_them_pushes(world, sam, ann, space):
    other = build(CONFIG, world.mongo, lambda: world.time)
    elsewhere = world.phone(sam.transport.caller, "tablet-of-sam")
    elsewhere.transport.parts = other
    gate, failed = threading.Barrier(2), []

    def rings(parts):
        gate.wait()
        try:
            parts.notifications.enqueuer.enqueue()
        except Exception as error:  # noqa: BLE001 — it is looked at below
            failed.append(error)

    assert send(sam, space, "s0", CANARY)["ok"]
    assert send(elsewhere, space, "s1", CANARY)["ok"]
    threads = [threading.Thread(target=rings, args=(parts,)) for parts in (world.parts, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert world.mongo.records.count_documents({"kind": "bell", "id": ann.user}) == 1
    world.wait(1)
    assert world.parts.notifications.scheduler.run() + other.notifications.scheduler.run() == 1
    sent = [*world.parts.notifications.provider.sent, *other.notifications.provider.sent]
    assert [one.payload for one in sent] == [new(2)]


def test_what_was_rung_before_a_restart_is_pushed_after_it(world, sam, ann, space):
    assert send(sam, space, "s0", CANARY)["ok"]
    world.parts.notifications.enqueuer.enqueue()
    world.restarted()
    world.wait(15_001)  # the lease of the worker that was there ends
    assert pushed(world, ann) == [new(1)]


# Pairings that are over


@pytest.mark.parametrize("how", ["block.set", "pairing.end"])
def test_a_pairing_that_is_over_rings_nothing(world, sam, ann, space, how):
    assert ann.do("quiet.set", zone="UTC", spans=[])["ok"]
    assert send(sam, space, "s0", CANARY)["ok"]
    args = {"space": space} if how == "block.set" else {"pairing": space[5:]}
    assert ann.do(how, **args)["ok"]
    told = pushed(world, ann)
    assert told == ([] if how == "block.set" else [new(1)])
    pushed(world, sam)
    sam.sync()
    for name, more in (
        ("message.send", {"id": "s1", "text": CANARY, "origin": "person"}),
        ("question.ask", {"id": "q1", "text": CANARY, "locale": "en"}),
        ("letter.write", {"text": CANARY}),
        ("session.open", {"until": world.time + 7_200_000, "idle_minutes": 30}),
    ):
        assert sam.do(name, space=space, **more)["error"]["code"] == "wrong_state", name
    assert pushed(world, ann) == pushed(world, sam) == []


def test_what_was_on_its_way_when_somebody_was_blocked_does_not_ring_for_who_blocked_them(world, sam, ann, space):
    asked(sam, space, "q1")
    assert ann.do("block.set", space=space)["ok"]
    assert pushed(world, ann) == []


def test_promises_of_a_pairing_that_is_over_ring_for_nobody(world, sam, ann, space):
    promised = {"sort": "back", "by": "2026-11-23T10:00", "zone": "UTC"}
    assert sam.do("promise.make", space=space, id="v1", **promised)["ok"]
    assert ann.do("block.set", space=space)["ok"]
    pushed(world, ann), pushed(world, sam)
    world.wait(30 * DAY)
    world.parts.scheduler.run()
    assert pushed(world, ann) == pushed(world, sam) == []


# Devices that fail alone, and what is over by then


def tablet_of(world, phone):
    """Let somebody be reached on a second device as well."""
    AccountStore(world.mongo).add_device("tablet", phone.user, "tablet", world.time)
    push_tokens(world.mongo).put("tablet", {"platform": "fcm", "token": "the tablet"})


def test_a_device_that_cannot_be_reached_does_not_make_the_others_ring_again(world, sam, ann, space):
    tablet_of(world, ann)
    failing(world, *["the tablet"] * 3)
    sent = world.parts.notifications.provider.sent
    asked(sam, space, "q0")
    assert pushed(world, ann) == [new(0)]
    for minutes in (1, 2):
        world.wait(minutes * RETRY)
        assert pushed(world, ann) == []
    world.wait(4 * RETRY)
    world.parts.notifications.scheduler.run()
    assert [one.token for one in sent] == ["the tablet"]
    sent.clear()
    asked(sam, space, "q1")
    world.parts.notifications.enqueuer.enqueue(), world.parts.notifications.scheduler.run()
    assert sorted(one.token for one in sent) == [ann.user, "the tablet"], "what is new is told to all"


def test_a_device_that_can_never_be_reached_is_given_up_after_two_hours(world, sam, ann, space):
    left = failing(world, *[ann.user] * 100)
    asked(sam, space, "q0")
    for _ in range(300):
        world.parts.notifications.enqueuer.enqueue(), world.parts.notifications.scheduler.run()
        world.wait(RETRY)
    assert 100 - len(left) == TRIES == 8


def test_a_slow_provider_keeps_a_call_for_help_waiting_for_no_longer_than_a_moment(world, sam, ann, space, monkeypatch):
    monkeypatch.setattr("server.notifications.sender.PATIENCE", 0.05)
    oscar = staff_of(world, sam)["oscar"]
    assert sam.do("availability.set", **NEVER)["ok"]
    reachable(world, oscar)
    pushed(world, oscar)
    goes_on, send_it = threading.Event(), world.parts.notifications.provider.send

    def slow(sent):
        if sent.token == ann.user:
            assert goes_on.wait(PATIENCE)
        send_it(sent)

    world.parts.notifications.provider.send = slow
    asked(sam, space, "q0")
    world.parts.notifications.enqueuer.enqueue(), world.parts.notifications.scheduler.run()
    raised(ann)
    assert [one["what"] for one in until(lambda: pushed(world, oscar))] == ["urgent"]
    world.parts.notifications.scheduler.run()
    goes_on.set()
    until(lambda: world.parts.notifications.provider.sent)
    assert [one.token for one in world.parts.notifications.provider.sent] == [ann.user], "and once"


@pytest.mark.parametrize("moment", ["before it rang", "after it rang", "while it was held"])
def test_nobody_is_notified_because_of_somebody_they_have_blocked(world, sam, ann, space, moment):
    if moment == "while it was held":
        assert ann.do("quiet.set", zone="UTC", spans=[[0, 1380]])["ok"]
    asked(sam, space, "q0")
    if moment != "before it rang":
        world.parts.notifications.enqueuer.enqueue()
    if moment == "while it was held":
        world.parts.notifications.scheduler.run()
    assert ann.do("block.set", space=space)["ok"]
    for _ in range(30):
        assert pushed(world, ann) == []
        world.wait(60 * RETRY)


def test_what_cannot_be_stored_rings_once_and_later_messages_ring_all_the_same(world, sam, ann, space):
    sender = world.parts.notifications.scheduler.due_handlers["bell"].__self__
    backend, tried = sender._backend, []

    class Replaced:
        now = staticmethod(backend.now)

        def order_all(self, *_):
            tried.append(world.time)
            raise TryLater("The server is being replaced by a newer one.", retry_after=5)

    sender._backend = Replaced()
    assert send(sam, space, "s0", CANARY)["ok"]
    found = []
    for _ in range(100):
        found += pushed(world, ann)
        world.wait(1000)
    assert found == [new(1)]
    assert [at - tried[0] for at in tried] == [0, RETRY]
    assert send(sam, space, "s1", CANARY)["ok"]
    assert pushed(world, ann) == [new(2)]
    sender._backend = backend
    for _ in range(10):
        world.wait(RETRY)
        assert pushed(world, ann) == []
    assert world.mongo.records.find_one({"kind": "bell", "space": notification_space(ann.user)}).get("due") is None
    assert send(sam, space, "s2", CANARY)["ok"]
    assert pushed(world, ann) == [new(3)]
