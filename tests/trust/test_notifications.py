"""Notifications: whoever is away is told that there is something, and how much; never what, nor by whom."""

# ruff: noqa: F811 — pytest gives fixtures by the names of arguments

from server.notifications.enqueuer import BADGE
from server.notifications.provider import Gone
from server.notifications.round import RETRY
from tests.sealed import push_tokens
from tests.trust.notified import CANARY, asked, failing, new, space, withdrawn  # noqa: F401 — a fixture
from tests.trust.scene import asking, pushed, reachable, send

TOKENS = {"one": "0a", "three": "1a", "two": "2a"}  # hexadecimal, as those of Apple are

# What is said


def test_a_push_holds_a_word_and_a_number_and_nothing_of_what_it_is_about(world, sam, ann, space):
    actions = [
        ("message.send", {"id": CANARY, "text": CANARY, "origin": "person"}),
        ("question.ask", {"id": CANARY, "text": CANARY, "locale": "en"}),
        ("disclosure.invite", {"id": CANARY, "theme": CANARY}),
        ("suggestion.ask", {"id": CANARY, "text": CANARY}),
        ("promise.make", {"id": CANARY, "sort": "back", "by": "2027-01-01T10:00", "zone": "UTC", "words": CANARY}),
        ("session.open", {"until": world.time + 7_200_000, "idle_minutes": 30}),
        ("letter.write", {"text": CANARY}),
        ("repair.invite", {"id": CANARY, "text": CANARY}),
    ]
    told = []
    for number, (name, args) in enumerate(actions):
        outcome = sam.do(name, space=space, **args)
        if not outcome["ok"] and name == "repair.invite":
            outcome = sam.do(name, space=space, id=CANARY)
        assert outcome["ok"], (name, outcome)
        world.parts.notifications.enqueuer.enqueue()
        world.parts.notifications.scheduler.run()
        sent = list(world.parts.notifications.provider.sent)
        assert len(sent) == number + 1, name
        told = [one.payload for one in sent]
    assert told == [new(1)] * len(actions)
    assert {one.token for one in world.parts.notifications.provider.sent} == {ann.user}


def test_a_deed_that_concerns_nobody_rings_for_nobody(world, sam, ann, space):
    for name, args in (
        ("note.put", {"id": "n1", "title": "A note"}),
        ("plan.edit", {"notice": "I sleep."}),
        ("story.edit", {"text": "In winter."}),
        ("quiet.set", {"zone": "UTC", "spans": []}),
    ):
        assert ann.do(name, **args)["ok"], name
    assert send(ann, space, "a1", CANARY)["ok"]
    assert pushed(world, sam) == [new(1)]
    assert sam.do("ack.set", space=space, message="a1", heard=True)["ok"]
    assert pushed(world, ann) == pushed(world, sam) == []


def test_many_messages_are_one_push(world, sam, ann, space):
    for number in range(20):
        assert send(sam, space, f"m{number}", CANARY)["ok"]
    asked(sam, space, "q1")
    assert pushed(world, ann) == [new(20)]
    assert pushed(world, ann) == []


def test_who_did_it_is_not_told_of_it_on_any_phone(world, sam, space):
    reachable(world, world.phone(sam.transport.caller, "tablet-of-sam"))
    assert send(sam, space, "m1", CANARY)["ok"]
    asked(sam, space, "q1")
    assert pushed(world, sam) == []


def test_nobody_else_is_told(world, sam, ann, bob, eve, space):
    reachable(world, bob), reachable(world, eve)
    assert send(sam, space, "m1", CANARY)["ok"]
    world.parts.notifications.enqueuer.enqueue()
    world.parts.notifications.scheduler.run()
    assert [one.token for one in world.parts.notifications.provider.sent] == [ann.user]


# Where somebody can be reached


def test_every_phone_is_told_where_it_is_now_until_it_takes_its_token_back_or_signs_out(world, sam, ann, pair):
    phones = {name: world.phone(ann.transport.caller, name) for name in ("one", "two", "three")}
    asks = {name: asking(world, phone) for name, phone in phones.items()}

    def told(name):
        world.wait(1)
        assert send(sam, pair, name, CANARY)["ok"]
        world.parts.notifications.provider.sent.clear()
        world.parts.notifications.enqueuer.enqueue()
        world.parts.notifications.scheduler.run()
        return sorted((one.platform, one.token) for one in world.parts.notifications.provider.sent)

    assert told("m0") == []
    for name, ask in asks.items():
        ask("/api/v1/push-token", json={"platform": "apns", "token": TOKENS[name]})
    assert told("m1") == [("apns", TOKENS["one"]), ("apns", TOKENS["three"]), ("apns", TOKENS["two"])]
    asks["one"]("/api/v1/push-token", json={"platform": "fcm", "token": "one-b"})
    assert told("m2") == [("apns", TOKENS["three"]), ("apns", TOKENS["two"]), ("fcm", "one-b")]
    asks["two"]("/api/v1/push-token", json={"token": None})
    assert told("m3") == [("apns", TOKENS["three"]), ("fcm", "one-b")]
    world.parts.accounts.devices.sign_out(ann.transport.caller, "three")
    assert told("m4") == [("fcm", "one-b")]
    world.parts.accounts.devices.sign_out(ann.transport.caller, "one")
    assert told("m5") == []


def test_what_is_no_token_is_refused(world, ann):
    ask = asking(world, ann)
    for body in ({"platform": "pigeon", "token": "t"}, {"token": ""}, {"token": "t" * 4097}, {}, {"token": 7}, []):
        assert '"bad_request"' in ask("/api/v1/push-token", json=body), body
    assert push_tokens(world.mongo).of_user(ann.user) == []


def test_a_token_that_is_gone_is_forgotten_and_the_other_phone_is_told(world, sam, ann, space):
    tablet = world.phone(ann.transport.caller, "tablet")
    asking(world, tablet)("/api/v1/push-token", json={"token": "removed"})
    tried, record = [], world.parts.notifications.provider.send

    def send_it(sent):
        tried.append(sent.token)
        if sent.token == "removed":
            raise Gone
        record(sent)

    world.parts.notifications.provider.send = send_it
    assert send(sam, space, "m1", CANARY)["ok"]
    assert pushed(world, ann) == [new(1)]
    assert send(sam, space, "m2", CANARY)["ok"]
    assert pushed(world, ann) == [new(2)]
    assert sorted(tried) == sorted([ann.user, "removed", ann.user])


def test_a_token_that_came_while_the_old_one_was_found_to_be_gone_stays(world, sam, ann, space):
    ask = asking(world, ann)

    def send_it(_sent):
        ask("/api/v1/push-token", json={"token": "the-next"})
        raise Gone

    world.parts.notifications.provider.send = send_it
    assert send(sam, space, "m1", CANARY)["ok"]
    pushed(world, ann)
    assert [found["push_token"] for found in push_tokens(world.mongo).of_user(ann.user)] == ["the-next"]


def test_a_token_is_that_of_who_gave_it_last(world, sam, ann, bob, space):
    """Two people may sign in on one phone, one after the other; and one of them twice."""
    again = world.phone(ann.transport.caller, "ann-again")
    asking(world, again)("/api/v1/push-token", json={"token": ann.user})
    assert send(sam, space, "m1", CANARY)["ok"]
    assert pushed(world, ann) == [new(1)], "once"
    asking(world, bob)("/api/v1/push-token", json={"token": ann.user})
    assert send(sam, space, "m2", CANARY)["ok"]
    assert pushed(world, ann) == []


def test_who_cannot_be_reached_costs_no_record(world, sam, ann, pair):
    assert send(sam, pair, "m1", CANARY)["ok"]
    asked(ann, pair, "q1")
    assert world.parts.notifications.enqueuer.enqueue() == 0
    assert world.mongo.records.count_documents({"kind": "bell"}) == 0
    assert world.mongo.ledger.count_documents({"_id": {"$regex": "^system"}}) == 0


# The number on the icon


def test_the_badge_is_what_is_unread_in_all_pairings(world, sam, ann, space):
    tina = world.phone(world.person("tina", "specialist"))
    other = world.paired(tina, ann)
    pushed(world, ann)
    for number in range(3):
        assert send(sam, space, f"s{number}", CANARY)["ok"]
    assert send(ann, space, "a1", CANARY)["ok"]
    assert send(tina, other, "t1", CANARY)["ok"]
    assert sam.do("message.delete", space=space, id="s0")["ok"]
    assert pushed(world, ann) == [new(3)]
    ann.sync()
    rows = asking(world, ann)("/api/v1/spaces")
    assert rows.count('"unread":2') == 1
    assert rows.count('"unread":1') == 1
    assert ann.unread(space) + ann.unread(other) == 3


def test_what_is_read_on_another_phone_puts_the_number_right_once_and_without_a_sound(world, sam, ann, space):
    for number in range(3):
        assert send(sam, space, f"s{number}", CANARY)["ok"]
    assert pushed(world, ann) == [new(3)]
    ann.sync()
    for message in ann.records("message", space):
        assert ann.do("position.read", space=space, seq=message["first_seq"])["ok"]
        assert pushed(world, ann) == []
        world.wait(1000)
    world.wait(BADGE - 3001)
    assert pushed(world, ann) == []
    world.wait(1)
    assert pushed(world, ann) == [withdrawn(0)]
    world.wait(BADGE)
    assert pushed(world, ann) == []
    assert pushed(world, sam) == [], "the other is not told by a push that it was read"


def test_what_is_read_soon_after_a_push_puts_the_number_right_as_well(world, sam, ann, space):
    assert send(sam, space, "s0", CANARY)["ok"]
    assert pushed(world, ann) == [new(1)]
    ann.sync()
    assert ann.do("position.delivered", space=space, seq=ann.records("message", space)[0]["first_seq"])["ok"]
    assert pushed(world, ann) == []
    world.wait(5000)
    assert send(sam, space, "s1", CANARY)["ok"]
    assert pushed(world, ann) == [new(2)]
    ann.sync()
    assert ann.do("position.read", space=space, seq=ann.records("message", space)[-1]["first_seq"])["ok"]
    assert pushed(world, ann) == []
    world.wait(2 * BADGE)
    assert pushed(world, ann) == [withdrawn(0)]


def test_a_number_that_could_not_be_put_right_is_put_right_later(world, sam, ann, space):
    assert send(sam, space, "s0", CANARY)["ok"]
    assert pushed(world, ann) == [new(1)]
    ann.sync()
    assert ann.do("position.read", space=space, seq=ann.records("message", space)[0]["first_seq"])["ok"]
    world.parts.notifications.enqueuer.enqueue()
    failing(world, ann.user)
    world.wait(BADGE)
    assert pushed(world, ann) == []
    world.wait(RETRY)
    assert pushed(world, ann) == [withdrawn(0)]
