"""What rings is right, not only sent: it follows from what is so now, and not from the events that led there."""

# ruff: noqa: F811 — pytest gives fixtures by the names of arguments

import pytest

from server.notifications.enqueuer import BADGE, PRESENCE
from server.store.accounts import AccountStore
from sync.clock import DAY, HOUR
from sync.record import private
from tests.matched import listening, looking, shortlist
from tests.sealed import push_tokens
from tests.trust.notified import CANARY, asked, corrected, new, space, told, withdrawn  # noqa: F401 — a fixture
from tests.trust.scene import pushed, reachable, send

TABLET = "the tablet"


@pytest.fixture
def tablet(world, ann, space):
    """Return a second device of ann's, which can be reached by the token TABLET."""
    AccountStore(world.mongo).add_device("tablet", ann.user, "tablet", world.time)
    push_tokens(world.mongo).put("tablet", {"platform": "fcm", "token": TABLET})
    return world.phone(ann.transport.caller, "tablet")


def open_on(world, *phones):
    """Let the app be open on some phones, on whichever worker: on a worker other than this one, only the bus knows."""
    rooms = {private(phone.user) for phone in phones} | {f"device:{phone.transport.caller.device}" for phone in phones}
    for part in (world.parts.notifications.enqueuer, world.parts.notifications.situations):
        part._connected = rooms.intersection


def newest(phone, space):
    phone.sync()
    return phone.records("message", space)[-1]["first_seq"]


def delivers(phone, space):
    assert phone.do("position.delivered", space=space, seq=newest(phone, space))["ok"]


def reads(phone, space):
    assert phone.do("position.read", space=space, seq=newest(phone, space))["ok"]


# The number on the icon


def test_an_unread_message_that_is_deleted_leaves_the_badge(world, sam, ann, space):
    assert send(sam, space, "s0", CANARY)["ok"]
    assert send(sam, space, "s1", CANARY)["ok"]
    assert pushed(world, ann) == [new(2)]
    assert sam.do("message.delete", space=space, id="s0")["ok"]
    assert pushed(world, ann) == []
    world.wait(BADGE)
    assert pushed(world, ann) == [corrected(1)]
    assert sam.do("message.delete", space=space, id="s1")["ok"]
    assert pushed(world, ann) == []
    world.wait(BADGE)
    assert pushed(world, ann) == [withdrawn(0)], "nothing is left of what was shown"


def test_a_block_on_one_device_leaves_no_badge_on_the_other(world, sam, ann, space, tablet):
    assert send(sam, space, "s0", CANARY)["ok"]
    assert told(world) == {ann.user: [new(1)], TABLET: [new(1)]}
    assert ann.do("block.set", space=space)["ok"]
    assert told(world).keys() == {sam.user}, "to whom the pairing has ended"
    world.wait(BADGE)
    assert told(world) == {ann.user: [withdrawn(0)], TABLET: [withdrawn(0)]}
    assert ann.do("block.lift", space=space)["ok"]
    assert told(world) == {}
    world.wait(BADGE)
    assert told(world) == {ann.user: [corrected(1)], TABLET: [corrected(1)]}, "without a sound"


# What is no news


@pytest.mark.parametrize("how", ["edited", "flagged"])
def test_what_is_done_to_a_message_that_rang_does_not_ring_again(world, sam, ann, space, how):
    assert send(sam, space, "s0", CANARY)["ok"]
    assert pushed(world, ann) == [new(1)]
    if how == "edited":
        assert sam.do("message.edit", space=space, id="s0", text="Another")["ok"]
    else:
        assert sam.do("message.flag", space=space, id="s0", hard_to_say=True)["ok"]
    for _ in range(3):
        assert pushed(world, ann) == []
        world.wait(BADGE)
    assert send(sam, space, "s1", CANARY)["ok"]
    assert pushed(world, ann) == [new(2)], "the next message rings"


def test_an_offer_that_is_taken_back_in_quiet_hours_does_not_ring_in_the_morning(world, ann, sam):
    world.person("sue", "supervisor")
    listening(world, sam, world.phone(world.person("olga", "operator")))
    ann.do("fact.put", id="f1", topic="grief_loss", kind="lived", tier="paired")
    reachable(world, sam)
    looking(world, ann, "r0")
    minute = (world.time // 60_000) % 1440
    start = minute - minute % 15
    assert sam.do("quiet.set", zone="UTC", spans=[[start, (start + 480) % 1440]])["ok"]
    person = shortlist(ann, "r0")[0]
    assert ann.do("request.choose", id="r0", person=person)["ok"]
    assert pushed(world, sam) == []
    assert ann.do("request.withdraw", id="r0")["ok"]
    assert pushed(world, sam) == []
    world.wait(9 * HOUR)
    assert pushed(world, sam) == []


def test_what_somebody_answered_at_night_does_not_ring_in_the_morning(world, sam, ann, space):
    minute = (world.time // 60_000) % 1440
    start = minute - minute % 15
    assert ann.do("quiet.set", zone="UTC", spans=[[start, (start + 480) % 1440]])["ok"]
    asked(sam, space, "q0")
    assert pushed(world, ann) == []
    ann.sync()
    assert ann.do("question.answer", space=space, id="q0", text=CANARY)["ok"]
    world.wait(9 * HOUR)
    assert pushed(world, ann) == []


def test_a_request_that_closes_unmet_rings(world, ann, eve):
    reachable(world, ann), reachable(world, eve)
    looking(world, ann, "r0")
    assert pushed(world, ann) == [], "she did this herself"
    world.wait(4 * DAY)
    world.parts.scheduler.run()
    ann.sync()
    assert [one["data"]["state"] for one in ann.records("request")] == ["closed_unmet"]
    assert pushed(world, ann) == [new(0)]
    assert pushed(world, eve) == []


# Which device


def test_a_tablet_that_received_a_message_does_not_silence_the_phone(world, sam, ann, space, tablet):
    open_on(world, tablet)
    assert send(sam, space, "s0", CANARY)["ok"]
    assert told(world) == {}
    delivers(tablet, space)
    world.wait(PRESENCE)
    assert told(world) == {ann.user: [new(1)], TABLET: [corrected(1)]}, "nobody has read it"


def test_what_is_read_on_the_tablet_at_once_does_not_ring_the_phone(world, sam, ann, space, tablet):
    open_on(world, tablet)
    assert send(sam, space, "s0", CANARY)["ok"]
    assert told(world) == {}
    reads(tablet, space)
    world.wait(PRESENCE)
    assert told(world) == {}
    world.wait(BADGE)
    assert told(world) == {}


def test_a_phone_that_is_open_on_another_worker_and_has_shown_the_message_does_not_ring(world, sam, ann, space):
    open_on(world, ann)
    for number in range(12):
        assert send(sam, space, f"s{number}", CANARY)["ok"]
        assert pushed(world, ann) == []
        delivers(ann, space)
        world.wait(PRESENCE)
        assert [one["what"] for one in pushed(world, ann)] == ["badge"], number


def test_a_phone_that_is_open_counts_for_what_the_tablet_says_has_arrived(world, sam, ann, space, tablet):
    """Client databases change the row of a position once: the second device has nothing to say."""
    open_on(world, ann, tablet)
    assert send(sam, space, "s0", CANARY)["ok"]
    assert told(world) == {}
    delivers(tablet, space)
    world.wait(PRESENCE)
    assert {what["what"] for payloads in told(world).values() for what in payloads} == {"badge"}


def test_a_question_does_not_ring_where_the_app_is_open_on_it(world, sam, ann, space, tablet):
    open_on(world, ann)
    asked(sam, space, "q0")
    assert told(world) == {}
    ann.sync()
    [question] = ann.records("question", space)
    assert ann.do("position.delivered", space=space, seq=question["seq"])["ok"]
    world.wait(PRESENCE)
    assert told(world) == {TABLET: [new(0)]}
    asked(sam, space, "q1")
    assert told(world) == {}
    ann.sync()
    assert ann.do("position.read", space=space, seq=max(one["seq"] for one in ann.records("question", space)))["ok"]
    world.wait(PRESENCE)
    assert told(world) == {TABLET: [withdrawn(0)]}, "it was seen"


def test_what_is_read_on_one_device_is_withdrawn_on_the_others(world, sam, ann, space, tablet):
    AccountStore(world.mongo).add_device("browser", ann.user, "browser", world.time)
    push_tokens(world.mongo).put("browser", {"platform": "webpush", "token": "browser", "keys": ("k", "a")})
    assert send(sam, space, "s0", CANARY)["ok"]
    assert told(world) == {key: [new(1)] for key in (ann.user, TABLET, "browser")}
    reads(ann, space)
    assert told(world) == {}
    world.wait(BADGE)
    assert told(world) == {key: [withdrawn(0)] for key in (ann.user, TABLET)}, "a browser is told nothing in silence"


def test_a_new_phone_rings_for_what_comes_from_then_on(world, sam, ann, space):
    assert send(sam, space, "s0", CANARY)["ok"]
    assert pushed(world, ann) == [new(1)]
    AccountStore(world.mongo).add_device("new", ann.user, "new", world.time)
    push_tokens(world.mongo).put("new", {"platform": "apns", "token": "new"})
    world.wait(BADGE)
    assert told(world) == {}
    assert send(sam, space, "s1", CANARY)["ok"]
    assert told(world) == {ann.user: [new(2)], "new": [new(2)]}


# Muting


def test_a_muted_conversation_rings_on_no_phone_until_its_time_is_over(world, sam, ann, space, tablet):
    tina = world.phone(world.person("tina", "specialist"))
    other = world.paired(tina, ann)
    told(world)
    assert ann.do("mute.set", space=space, until=world.time + HOUR)["ok"]
    assert send(sam, space, "s0", CANARY)["ok"]
    asked(sam, space, "q0")
    assert told(world) == {ann.user: [corrected(1)], TABLET: [corrected(1)]}
    assert send(tina, other, "t0", CANARY)["ok"]
    assert told(world) == {ann.user: [new(2)], TABLET: [new(2)]}, "the other conversation rings"
    world.wait(HOUR)
    assert told(world) == {}, "nothing rings afterwards"
    assert send(sam, space, "s1", CANARY)["ok"]
    assert told(world) == {ann.user: [new(3)], TABLET: [new(3)]}


def test_a_mute_without_an_end_holds_until_it_is_lifted_on_any_phone(world, sam, ann, space, tablet):
    assert ann.do("mute.set", space=space, until=None)["ok"]
    world.wait(400 * DAY)
    assert send(sam, space, "s0", CANARY)["ok"]
    assert {one["what"] for payloads in told(world).values() for one in payloads} == {"badge"}
    tablet.sync()
    assert [one["data"] for one in tablet.records("mute")] == [{"where": space, "until": None}]
    assert tablet.do("mute.lift", space=space)["ok"]
    assert send(sam, space, "s1", CANARY)["ok"]
    assert told(world) == {ann.user: [new(2)], TABLET: [new(2)]}
    sam.sync()
    assert sam.records("mute") == [], "the other is not told"


def test_of_two_phones_the_later_decision_about_a_mute_counts(world, sam, ann, space, tablet):
    ann.does("mute.set", space=space, until=None)
    world.wait(1000)
    assert tablet.do("mute.lift", space=space)["ok"]
    world.wait(1000)
    ann.sync()
    assert send(sam, space, "s0", CANARY)["ok"]
    assert told(world)[TABLET] == [new(1)]


# Marking as unread


def test_a_conversation_marked_as_unread_counts_again_without_a_sound_until_it_is_opened(
    world, sam, ann, space, tablet
):
    for number in range(3):
        assert send(sam, space, f"s{number}", CANARY)["ok"]
    told(world)
    reads(ann, space)
    world.wait(BADGE), told(world)
    world.wait(BADGE), told(world)
    second = ann.records("message", space)[1]["first_seq"]
    assert ann.do("unread.mark", space=space, seq=second)["ok"]
    assert told(world) == {}
    world.wait(BADGE)
    assert told(world) == {ann.user: [corrected(2)], TABLET: [corrected(2)]}
    tablet.sync()
    assert [one["data"]["seq"] for one in tablet.records("unread")] == [second]
    assert tablet.do("unread.clear", space=space)["ok"]
    assert told(world) == {}
    world.wait(BADGE)
    assert told(world) == {ann.user: [corrected(0)], TABLET: [corrected(0)]}


def test_a_mark_ends_when_its_user_reads_further(world, sam, ann, space):
    assert send(sam, space, "s0", CANARY)["ok"]
    reads(ann, space)
    assert ann.do("unread.mark", space=space, seq=1)["ok"]
    members = {space: ann.spaces()[space]}
    assert world.parts.reader.unread(ann.user, members)[space].messages == 1
    assert send(sam, space, "s1", CANARY)["ok"]
    assert world.parts.reader.unread(ann.user, members)[space].messages == 2
    reads(ann, space)
    assert world.parts.reader.unread(ann.user, members)[space].messages == 0
    sam.sync()
    assert sam.records("unread") == []


def test_another_number_takes_the_place_of_no_ring_that_waits_for_a_phone_that_is_off(world, sam, ann, space):
    sent, send_it = [], world.parts.notifications.provider.send
    world.parts.notifications.provider.send = lambda one: (sent.append(one), send_it(one))
    assert send(sam, space, "s0", CANARY)["ok"]
    assert send(sam, space, "s1", CANARY)["ok"]
    assert pushed(world, ann) == [new(2)]
    assert sam.do("message.delete", space=space, id="s1")["ok"]
    pushed(world, ann)
    world.wait(BADGE)
    assert pushed(world, ann) == [corrected(1)]
    kept = {one.payload["collapse"]: one.payload["what"] for one in sent if one.token == ann.user}
    assert kept == {"new": "new", "badge": "badge"}
