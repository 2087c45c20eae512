"""Quiet hours, from a message to the push: nothing rings in them, and what was held comes as one."""

import json
from pathlib import Path

import pytest

from server.commands.personal.quiet import HELD
from server.notifications.round import RETRY
from sync.clock import HOUR, MINUTE
from sync.record import Record, notification_space, private
from tests.commands.arranged import arranged
from tests.trust.moments import at
from tests.trust.scene import ALWAYS, pushed, reachable, send

TABLE = json.loads((Path(__file__).parents[2] / "docs/vectors/quiet.json").read_text(encoding="utf-8"))
NIGHT = [[1320, 420]]  # 22:00 to 07:00
EVENING = at("2026-11-24T21:00:00Z")
MORNING = at("2026-11-25T07:00:00Z")
NEW = {"what": "new", "badge": 1, "collapse": "new"}
URGENT = {"what": "urgent", "badge": 0, "collapse": "urgent"}
TEXT = "Are you there?"


@pytest.fixture
def space(world, sam, ann, pair):
    """Return the space of sam and ann, both of whom can be reached and sleep from 22:00 to 07:00; it is 21:00."""
    reachable(world, sam), reachable(world, ann)
    pushed(world, ann)
    world.time = EVENING
    for phone in (sam, ann):
        assert phone.do("quiet.set", zone="UTC", spans=NIGHT)["ok"]
    return pair


def asleep(world):
    world.time = EVENING + 2 * HOUR


def on_call(world, name):
    olga = world.phone(world.person("olga", "operator"))
    hours = {"zone": "UTC", "weekly": ALWAYS, "exceptions": {}}
    assert olga.do("watch.edit", handle=name, hours=hours)["ok"]


def test_every_published_night_is_slept_through_to_its_last_ms(world):
    """End to end on the days on which clocks change; each night is somebody else's."""
    slept = 0
    for number, vector in enumerate(sorted(TABLE["vectors"], key=lambda vector: vector["at"])):
        now = world.time = at(vector["at"])
        specialist = world.phone(world.person(f"s{number}", "specialist"))
        peer = world.phone(world.person(f"p{number}"))
        if not peer.do("quiet.set", zone=vector["zone"], spans=vector["spans"])["ok"]:
            continue  # spans that nobody may set, and that the table has to be complete
        slept += 1
        pair = world.paired(specialist, peer)
        reachable(world, peer)
        assert send(specialist, pair, "m1", TEXT)["ok"]
        if vector["until"] is not None:
            for moment in (now, at(vector["until"]) - 1):
                world.time = moment
                assert pushed(world, peer) == [], vector["name"]
            world.time = at(vector["until"])
        assert pushed(world, peer) == [NEW], vector["name"]
    assert slept >= 40


def test_whatever_is_held_comes_as_one_in_the_morning(world, sam, ann, space):
    asleep(world)
    for number in range(3):
        assert send(sam, space, f"m{number}", TEXT)["ok"]
        assert pushed(world, ann) == []
        world.wait(HOUR)
    assert sam.do("question.ask", space=space, id="q1", text=TEXT, locale="en")["ok"]
    world.time = MORNING - 1
    assert pushed(world, ann) == []
    world.time = MORNING
    assert pushed(world, ann) == [{**NEW, "badge": 3}]
    world.wait(HOUR)
    assert pushed(world, ann) == []


def test_what_was_read_before_the_morning_is_not_told_in_the_morning(world, sam, ann, space):
    asleep(world)
    assert send(sam, space, "m1", TEXT)["ok"]
    assert pushed(world, ann) == []
    ann.sync()
    assert ann.do("position.read", space=space, seq=ann.records("message", space)[0]["first_seq"])["ok"]
    assert pushed(world, ann) == []
    world.time = MORNING + HOUR
    assert pushed(world, ann) == []


def test_no_kind_of_thing_breaks_them(world, sam, ann, space):
    asleep(world)
    for name, args in (
        ("message.send", {"id": "m1", "text": TEXT, "origin": "person", "hard_to_say": True}),
        ("question.ask", {"id": "q1", "text": TEXT, "locale": "en"}),
        ("disclosure.invite", {"id": "d1", "theme": TEXT}),
        ("suggestion.ask", {"id": "g1", "text": TEXT}),
        ("promise.make", {"id": "v1", "sort": "back", "by": "2026-11-25T01:00", "zone": "UTC"}),
        ("session.open", {"until": world.time + 2 * HOUR, "idle_minutes": 30}),
        ("letter.write", {"text": TEXT}),
    ):
        assert sam.do(name, space=space, **args)["ok"], name
        assert pushed(world, ann) == [], name
    for _ in range(7):
        world.wait(HOUR)
        world.parts.scheduler.run()
        assert pushed(world, ann) == []
    assert world.time == MORNING - HOUR
    assert sam.do("pairing.end", pairing=space[5:])["ok"]
    assert pushed(world, ann) == []
    world.time = MORNING
    assert pushed(world, ann) == [NEW]


def test_an_urgent_call_breaks_them_and_nothing_else_that_follows_it_does(world, sam, ann, space):
    on_call(world, "sam")
    bob = world.phone(world.person("bob"))
    pushed(world, sam)
    asleep(world)
    assert bob.do("sos.raise", id="s1", words=TEXT)["ok"]
    assert pushed(world, sam) == [URGENT]
    assert send(ann, space, "m1", TEXT)["ok"]
    assert pushed(world, sam) == []
    world.time = MORNING
    assert pushed(world, sam) == [NEW]


def test_a_supervisor_is_not_rung_in_theirs(world, sam, ann, space):
    sue = world.phone(world.person("sue", "supervisor"))
    olga = world.phone(world.person("olga", "operator"))
    until = world.time + 90 * 24 * HOUR
    assert olga.do("specialist.certify", specialist="sam", supervisor="sue", until=until)["ok"]
    assert sue.do("quiet.set", zone="UTC", spans=NIGHT)["ok"]
    reachable(world, sue)
    asleep(world)
    raised = ann.do("sos.raise", id="s1")
    assert [one["who"] for one in raised["changes"][0]["data"]["asked"]] == ["nobody"]
    assert pushed(world, sue) == []
    world.time = MORNING
    world.parts.scheduler.run()
    ann.sync()
    assert [one["who"] for one in ann.records("sos")[0]["data"]["asked"]] == ["nobody", "supervisor"]
    assert pushed(world, sue) == [{**NEW, "badge": 0}]


def test_a_call_that_is_over_does_not_wake_whoever_was_called(world, sam, ann, space):
    on_call(world, "sam")
    bob = world.phone(world.person("bob"))
    pushed(world, sam)
    asleep(world)
    assert bob.do("sos.raise", id="s1")["ok"]
    assert pushed(world, sam) == [URGENT]
    assert bob.do("sos.close", id="s1")["ok"]
    assert pushed(world, sam) == []


def test_what_rings_while_an_urgent_call_is_on_its_way_is_held(world, sam, ann, space):
    on_call(world, "sam")
    bob = world.phone(world.person("bob"))
    pushed(world, sam)
    asleep(world)
    record, once = world.parts.notifications.provider.send, []

    def send_it(sent):
        if not once:
            once.append(send(ann, space, "m1", TEXT))
            world.parts.notifications.enqueuer.enqueue()
        record(sent)

    world.parts.notifications.provider.send = send_it
    assert bob.do("sos.raise", id="s1")["ok"]
    assert pushed(world, sam) == [URGENT]
    assert pushed(world, sam) == []
    world.time = MORNING
    assert pushed(world, sam) == [NEW]


# Changed while something is held


def test_what_is_held_is_held_on_if_the_night_gets_longer(world, sam, ann, space):
    asleep(world)
    assert send(sam, space, "m1", TEXT)["ok"]
    assert pushed(world, ann) == []
    assert ann.do("quiet.set", spans=[[1320, 600]])["ok"]
    world.time = MORNING
    assert pushed(world, ann) == []
    world.wait(3 * HOUR - 1)
    assert pushed(world, ann) == []
    world.wait(1)
    assert pushed(world, ann) == [NEW]


def test_what_is_held_is_held_on_if_somebody_travels_west(world, sam, ann, space):
    asleep(world)
    assert send(sam, space, "m1", TEXT)["ok"]
    assert pushed(world, ann) == []
    assert ann.do("quiet.set", zone="America/New_York")["ok"]
    world.time = MORNING
    assert pushed(world, ann) == [], "it is two o'clock in the morning there"
    world.wait(5 * HOUR)
    assert pushed(world, ann) == [NEW]


def test_what_is_held_comes_with_the_next_or_at_the_old_end_if_the_night_is_cut_short(world, sam, ann, space):
    asleep(world)
    assert send(sam, space, "m1", TEXT)["ok"]
    assert pushed(world, ann) == []
    assert ann.do("quiet.set", spans=[])["ok"]
    assert pushed(world, ann) == [], "whoever changes it has the phone in their hand"
    world.wait(HOUR)
    assert send(sam, space, "m2", TEXT)["ok"]
    assert pushed(world, ann) == [{**NEW, "badge": 2}]
    world.time = MORNING
    assert pushed(world, ann) == []


def test_what_is_waited_for_when_the_night_begins_is_held(world, sam, ann, space):
    world.parts.notifications.enqueuer._connected = {private(ann.user)}.intersection
    world.time = EVENING + HOUR - 1000
    assert send(sam, space, "m1", TEXT)["ok"]
    assert pushed(world, ann) == []
    world.wait(60_000)
    assert pushed(world, ann) == []
    world.time = MORNING
    assert pushed(world, ann) == [NEW]


def test_what_could_not_be_sent_before_the_night_is_tried_again_after_it(world, sam, ann, space):
    record = world.parts.notifications.provider.send

    def failing(_sent):
        raise TimeoutError

    world.parts.notifications.provider.send = failing
    world.time = EVENING + HOUR - 1000
    assert send(sam, space, "m1", TEXT)["ok"]
    assert pushed(world, ann) == []
    world.parts.notifications.provider.send = record
    world.wait(HOUR)
    assert pushed(world, ann) == []
    world.time = MORNING
    assert pushed(world, ann) == [NEW]


@pytest.mark.parametrize(
    ("spans", "rings"), [([], 0), ([[1320, 1440]], HOUR), (NIGHT, 8 * HOUR), ([[1320, 540]], 10 * HOUR)]
)
def test_what_is_held_rings_by_the_quiet_hours_that_are_set_meanwhile(world, sam, ann, space, spans, rings):
    asleep(world)
    assert send(sam, space, "m1", TEXT)["ok"]
    assert pushed(world, ann) == []
    assert ann.do("quiet.set", zone="UTC", spans=spans)["ok"]
    if rings:
        world.wait(rings - 1)
        assert pushed(world, ann) == []
    world.wait(MINUTE)
    assert pushed(world, ann) == [NEW]


def test_what_failed_is_not_tried_sooner_for_other_quiet_hours():
    ready = arranged("quiet.set").asking("spans", "zone", zone="UTC", spans=[])
    user, retried, held = ready.caller.user, ready.now + RETRY, ready.now + 8 * HOUR
    dues = {"1": {"at": retried, "ring": 1, "about": [], "tries": 1}, "2": {"at": held, "ring": 2, "about": []}}
    bell = Record(user, "bell", notification_space(user), user, {"dues": dues, "rings": 2, "badge": 0}, due=retried)
    [*_, rung] = ready.but(reads=ready.reads.with_records([bell])).decided()
    assert {level: due["at"] for level, due in rung.data["dues"].items()} == {"1": retried, "2": ready.now + HELD}
    assert rung.due == ready.now + HELD


def test_messages_ring_once_the_quiet_hours_in_which_one_was_held_are_lifted(world, sam, ann, space):
    asleep(world)
    assert send(sam, space, "m1", TEXT)["ok"]
    assert pushed(world, ann) == []
    assert ann.do("quiet.set", zone="UTC", spans=[])["ok"]
    world.wait(MINUTE)
    assert pushed(world, ann) == [NEW]
    world.wait(MINUTE)
    assert send(sam, space, "m2", TEXT)["ok"]
    assert pushed(world, ann) == [{**NEW, "badge": 2}]
