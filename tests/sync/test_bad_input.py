"""Any JSON on any verb gets an answer with a code; nothing is half written, and no operator reaches the database."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo import MongoClient, monitoring

from schemas.account import CreateUser
from schemas.agreement import AGREED
from schemas.base import SpaceName
from schemas.table import TABLES
from server.command import COMMANDS, SYSTEM
from server.errors import CATALOG
from server.store.database import Document, database
from tests.conftest import START, World
from tests.matched import listening, looking, shortlist
from tests.transports import Failed

SPOILT = [{"$ne": 1}, {"$gt": ""}, {"$where": "1"}]
OPERATORS = st.sampled_from([*SPOILT, ["x"], {"a.b": 1}, {"\x00": 1}, "$id", "\x00", "x|y", "user:id-ann"])
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | OPERATORS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FINAL = CATALOG.keys() - {"try_later", "rate_limited"}

SHA = "0" * 64
WEEK = [[0, 540, 1020], [5, 600, 720]]
SOON = START + 7 * 24 * 3_600_000  # ms

GOOD = {  # what a phone may ask for
    "ack.set": {"message": "m2", "heard": True, "with_you": False, "i_need_time": True},
    "agreement.propose": {"id": "a1", "terms": {"locale": "de", "weeks": 6, "kept": "Everything."}},
    "agreement.sign": {"sha256": AGREED},
    "agreement.decline": {"sha256": SHA},
    "agreement.withdraw": {},
    "availability.set": {"zone": "Europe/Berlin", "weekly": WEEK, "exceptions": {"2026-12-24": [[0, 60]]}},
    "block.set": {"report": {"id": "p1", "ground": "pressure", "words": "x", "messages": ["m1"], "consent": True}},
    "block.lift": {},
    "call.see": {"id": "c1"},
    "call.take": {"id": "c1"},
    "call.say": {"id": "c1", "words": "I am here."},
    "checkin.put": {"id": "k1", "pairing": "x", "could_say": 7, "can_rely": None, "both_gave": 3},
    "checkin.delete": {"id": "k1"},
    "debrief.ask": {"id": "b1", "words": "May I ask you something?", "messages": ["m1"]},
    "debrief.answer": {"id": "b1", "words": "Of course."},
    "debrief.close": {"id": "b1"},
    "disclosure.invite": {"id": "d1", "theme": "What I am afraid of", "hours": 24},
    "disclosure.seal": {"id": "d1", "text": "The dark.", "facts": ["f1"]},
    "disclosure.withdraw": {"id": "d1"},
    "escalation.record": {
        "id": "e1", "ground": "danger_to_self", "to": "my supervisor", "told": "That I worry.", "messages": ["m1"],
        "consent": False, "decided_by": "Sam", "why_not": "It would put somebody in danger.",
    },
    "escalation.tell": {"id": "e1"},
    "fact.put": {"id": "f1", "topic": "grief_loss", "kind": "lived", "depth": 3, "tier": "paired", "seen": "private"},
    "fact.delete": {"id": "f1"},
    "handover.announce": {"pairing": "x", "until": SOON, "words": "I am moving away."},
    "handover.refuse": {"pairing": "x"},
    "message.send": {"id": "m9", "text": "hello", "origin": "template", "hard_to_say": True},
    "message.flag": {"id": "m1", "hard_to_say": True},
    "message.edit": {"id": "m1", "text": "hello"},
    "message.delete": {"id": "m1"},
    "letter.write": {"text": "It was good to know you."},
    "milestone.pin": {"kind": "message", "of": "m1"},
    "milestone.unpin": {"kind": "message", "of": "m1"},
    "note.put": {"id": "n1", "title": "x", "body": "y", "mood": 3},
    "note.delete": {"id": "n1"},
    "offer.accept": {"id": "o1", "name": "Sam", "terms": {"weeks": 6}},
    "offer.decline": {"id": "o1", "reason": "too close to home", "not_now": ["grief_loss"]},
    "plan.edit": {"notice": "I do not sleep.", "soothe": "x", "go_to": "x", "call": "x", "keep_away": "", "worth": "x"},
    "position.read": {"seq": 1},
    "position.delivered": {"seq": 1},
    "practice.edit": {
        "name": "Sam", "about": "I listen.", "places": 2, "standing_yes": False, "avoid": ["loneliness"],
        "comfort": {"grief_loss": 3}, "style": "gentle", "age_bands": ["18_24"], "asynchronous": True,
        "apart": ["acme"],
    },
    "practice.pause": {"until": SOON},
    "practice.resume": {},
    "profile.edit": {
        "name": "Ann", "about": "x", "pronouns": "she", "languages": {"en": 3}, "gender": "woman", "age_band": "25_39",
    },
    "promise.make": {
        "id": "v1", "sort": "back", "by": "2026-11-24T18:00", "zone": "Europe/Berlin", "words": "After work.",
    },
    "promise.keep": {"id": "v1"},
    "promise.renew": {"id": "v1", "by": "2026-11-25T18:00", "zone": "Europe/Berlin"},
    "promise.excuse": {"id": "v1"},
    "question.ask": {"id": "q1", "text": "What was good today?", "locale": "en"},
    "question.answer": {"id": "q1", "text": "The rain."},
    "question.pass": {"id": "q1"},
    "quiet.set": {"zone": "Europe/Berlin", "spans": [[1320, 420]]},
    "repair.invite": {"id": "h1", "words": "Something feels off."},
    "repair.accept": {"id": "h1"},
    "repair.close": {"id": "h1"},
    "report.file": {"id": "p2", "ground": "pressure", "words": "x", "messages": ["m1"], "consent": True},
    "report.take": {"id": "x"},
    "report.close": {"id": "x", "outcome": "spoken_to", "note": "x"},
    "session.open": {"until": START + 3_600_000, "idle_minutes": 30},
    "session.extend": {"until": START + 7_200_000},
    "session.close": {"words": "Take care."},
    "sos.raise": {"id": "s1", "words": "Please."},
    "sos.say": {"id": "s1", "words": "Are you there?"},
    "sos.close": {"id": "s1"},
    "step.propose": {"id": "t1", "text": "A walk"},
    "step.change": {"id": "t1", "text": "A short walk", "state": "done"},
    "step.withdraw": {"id": "t1"},
    "strength.notice": {"id": "g1", "text": "You stayed."},
    "strength.withdraw": {"id": "g1"},
    "suggestion.ask": {"id": "u1", "text": "Write it down.", "about": "sleep"},
    "suggestion.allow": {"id": "u1"},
    "suggestion.not_now": {"id": "u1"},
    "suggestion.withdraw": {"id": "u1"},
    "watch.edit": {"handle": "sam", "hours": {"zone": "Europe/Berlin", "weekly": WEEK, "exceptions": {}}},
    "pairing.invite": {"name": "Sam", "hours": 3, "specialist": "sam", "terms": {"weeks": 6}},
    "pairing.join": {"code": "AAAA-BBBB-CCCC-DDDD", "name": "Ann", "agreement": AGREED},
    "pairing.end": {"pairing": "x"},
    "pairing.pause": {"pairing": "x", "until": SOON},
    "pairing.resume": {"pairing": "x"},
    "pairing.rematch": {"pairing": "x", "reason": "it is not the right time"},
    "pairing.hand_back": {"pairing": "x"},
    "request.open": {
        "id": "r9", "mode": "choose", "topics": {"grief_loss": 3}, "quiet": ["grief_loss"], "languages": {"en": 3},
        "must": {"gender": "woman", "age_bands": ["40_59"], "topics": ["grief_loss"]}, "patience_hours": 24,
        "wishes": {"style": "gentle", "identities": ["parent"]}, "asynchronous": True, "apart": ["acme"],
        "name": "Ann", "note": "Hello.",
    },
    "request.change": {"id": "r1", "topics": {"loneliness": 1}, "must": {}, "wishes": {}},
    "request.widen": {"id": "r1", "relax": "hours"},
    "request.choose": {"id": "r1", "person": "p1"},
    "request.keep_looking": {"id": "r1"},
    "request.withdraw": {"id": "r1"},
    "specialist.certify": {"specialist": "sam", "supervisor": "sue", "until": SOON, "minors_ok": True},
    "specialist.leave": {"specialist": "sam", "until": SOON, "words": "I am moving away."},
    "specialist.deactivate": {"specialist": "sam", "sudden": True, "stand_in": "Sue"},
    "story.edit": {"text": "It began in spring."},
    "story.share": {},
    "story.unshare": {},
}  # fmt: skip

FOUND = {"specialist": "id-sam", "reasons": [], "limit": {}}
OWN = {  # what Beside asks of itself
    "bell.ring": {"user": "id-ann", "level": 2, "at": START},
    "bell.settle": {"user": "id-ann", "rings": 1, "badge": 0, "again": None},
    "disclosure.turn": {"space": "pair:x", "id": "d1"},
    "message.turn": {"space": "pair:x", "id": "m1", "answered": False},
    "promise.turn": {"space": "pair:x", "id": "v1"},
    "session.turn": {"space": "pair:x", "id": "x", "active_at": START},
    "sos.turn": {"space": "user:id-ann", "id": "s1"},
    "offer.expire": {"user": "id-sam", "id": "o1"},
    "pairing.wake": {"pairing": "x"},
    "person.leave": {"user": "id-sam", "role": "specialist"},
    "request.ask": {"user": "id-ann", "id": "r1", "seq": 1, "person": FOUND, "basis": {}},
    "request.close": {"user": "id-ann", "id": "r1"},
    "request.list": {
        "user": "id-ann", "id": "r1", "seq": 1, "people": [FOUND], "wait": None, "suggestion": None, "basis": {},
    },
    "specialist.release": {"user": "id-sam", "supervisor": "id-sue"},
}  # fmt: skip


@pytest.fixture
def someone(world, ann, sam, pair) -> Callable:
    """Return a function that gives who may ask for a command, and the args with which it goes furthest.

    ann is paired with sam, and has asked somebody else for something else; they have not answered.
    """
    olga = world.phone(world.person("olga", "operator"))
    world.person("sue", "supervisor")
    others = [world.phone(world.person(name, "specialist")) for name in ("tom", "una")]
    for specialist in (sam, *others):
        listening(world, specialist, olga)
    ann.do("message.send", space=pair, id="m1", text="hello", origin="person")
    ann.do("story.edit", text="It began in winter.")
    ann.do("fact.put", id="f1", topic="grief_loss", kind="lived", tier="paired")
    looking(world, ann, "r1")
    looking(world, ann, "r2")
    assert ann.do("request.choose", id="r2", person=shortlist(ann, "r2")[0])["ok"]
    for specialist in others:
        specialist.sync()
    [asked] = [specialist for specialist in others if specialist.records("offer")]
    [offer] = asked.records("offer")
    real = {"offer": {"id": offer["id"]}, "request.choose": {"person": shortlist(ann, "r1")[0]}}

    def ask(name):
        fields, kind = COMMANDS[name].schema.fields, name.partition(".")[0]
        args = GOOD[name] | real.get(kind, {}) | real.get(name, {})
        args |= {"space": pair} if "space" in fields else {}
        args |= {"pairing": pair.removeprefix("pair:")} if "pairing" in fields else {}
        asks = {"practice": sam, "offer": asked, "specialist": olga, "handover": sam}
        return {**asks, "pairing.invite": olga, "handover.refuse": ann}.get(name, asks.get(kind, ann)), args

    return ask


def refused_or_done(outcome):
    assert outcome["ok"] or outcome["error"]["code"] in FINAL, outcome
    if not outcome["ok"]:
        assert outcome["error"]["message"]
        assert isinstance(outcome["error"]["details"], dict)


def test_every_command_has_good_arguments_to_spoil():
    assert (GOOD | OWN).keys() == COMMANDS.keys()
    assert {name for name, command in COMMANDS.items() if command.own} == OWN.keys()


@pytest.mark.parametrize("name", GOOD)
def test_good_arguments_reach_the_decision(someone, name):
    """Otherwise spoiling one of them would show nothing."""
    phone, args = someone(name)
    assert args.keys() == COMMANDS[name].schema.fields.keys() - OTHERWISE.get(name, set())
    outcome = phone.do(name, **args)
    expected = UNLIKELY.get(name)
    assert (outcome.get("error") or {}).get("code") == expected, outcome


UNLIKELY = {  # what cannot be done as things stand, and the answer
    "agreement.decline": "wrong_state", "handover.refuse": "not_found", "pairing.hand_back": "forbidden",
    "pairing.join": "not_found",
}  # fmt: skip
OTHERWISE = {  # what a command would also take
    "message.send": {"reply_to", "hard_to_say"},
    "request.change": GOOD["request.open"].keys() - GOOD["request.change"].keys(),
}  # fmt: skip


@pytest.mark.parametrize("role", ["peer", "specialist", "supervisor", "operator"])
@pytest.mark.parametrize("name", OWN)
def test_what_beside_asks_of_itself_nobody_else_knows(world, role, name):
    phone = world.phone(world.person("max", role))
    COMMANDS[name].schema.load(OWN[name])  # the args are good, so that it is not for them
    refused, nonsense = phone.do(name, **OWN[name]), phone.do("nothing.known", **OWN[name])
    assert refused["error"]["code"] == "unknown_command"
    assert str(refused["error"]).replace(name, "nothing.known") == str(nonsense["error"])


def test_nobody_is_given_the_role_of_beside_itself():
    allowed = CreateUser().fields["role"].validators[0].choices
    assert SYSTEM.role not in allowed


def test_no_row_of_a_client_database_asks_for_what_only_beside_may():
    wishes = [wish for one in TABLES.values() for wish in (one.create, one.delete, *one.updates) if wish]
    assert {wish.command for wish in wishes} <= GOOD.keys()


@given(body=JSON)
def test_any_json_to_mutate_is_answered(ann, body):
    outcome = ann.transport.call("mutate", body)
    assert not outcome["ok"]
    refused_or_done(outcome)


@pytest.mark.parametrize("verb", ["push", "pull", "sync"])
@given(body=JSON)
def test_any_json_to_the_other_verbs_is_answered(ann, verb, body):
    try:
        code = ann.transport.call(verb, body) and "done"
    except Failed as refused:
        code = refused.error["code"]
    assert code in {"done", "bad_request"}


@given(items=st.lists(JSON, max_size=5))
def test_any_outbox_is_answered_item_by_item(ann, items):
    assert len(ann.transport.call("push", {"mutations": items})["outcomes"]) == len(items)


@pytest.mark.parametrize("name", GOOD)
@settings(max_examples=40)
@given(data=st.data())
def test_a_command_with_one_argument_spoilt_is_answered(someone, name, data):
    phone, args = someone(name)
    field = data.draw(st.sampled_from([*args, "$ne", "extra"]))
    refused_or_done(phone.do(name, **{**args, field: data.draw(JSON)}))


@pytest.mark.parametrize("field", ["id", "name", "args", "at"])
@given(value=JSON)
def test_a_mutation_with_one_field_spoilt_is_answered(ann, field, value):
    ann.does("note.put", id="n1", title="x")
    mutation = ann.outbox.pop()
    refused_or_done(ann.transport.call("mutate", mutation | {field: value}))


def test_nesting_is_limited(ann):
    deep = "x"
    for _ in range(100):
        deep = [deep]
    assert ann.do("note.put", id="n1", title=deep)["error"]["code"] == "bad_request"
    assert ann.do("note.put", id="n1", title="x", extra=deep)["error"]["details"]["field"] == "args.extra"


def test_an_outbox_of_more_than_five_hundred_is_refused_as_a_whole(ann):
    with pytest.raises(Failed) as refused:
        ann.transport.call("push", {"mutations": [None] * 501})
    assert refused.value.error["details"]["field"] == "mutations"


@pytest.mark.parametrize("identifier", ["user:bob", "a|b", "a b", "", "x" * 65, "é", "a\n"])
def test_an_id_can_never_pass_for_a_name_of_ours(ann, identifier):
    assert ann.do("note.put", id=identifier, title="x")["error"]["details"]["field"] == "args.id"


@pytest.mark.parametrize("at", ["", "x", "1", 7, None, "99999999999999999999-0", {"$ne": 1}])
def test_a_clock_that_is_none_is_refused_by_name(ann, at):
    ann.does("note.put", id="n1", title="x")
    outcome = ann.transport.call("mutate", ann.outbox[0] | {"at": at})
    assert outcome["error"]["details"]["field"] == "at"


class Watch(monitoring.CommandListener):
    """Keeps the commands that are sent to the database."""

    def __init__(self):
        self.commands = []

    def started(self, event):
        self.commands.append(str(event.command))

    def succeeded(self, event):
        pass

    def failed(self, event):
        pass


def test_no_operator_from_a_phone_reaches_the_database(mongodb, mongo):
    watch = Watch()
    with MongoClient[Document](mongodb, event_listeners=[watch], retryWrites=False) as client:
        eve = (world := World(database(client, mongo.name))).phone(world.person("eve"))
        for name, args in (GOOD | OWN).items():
            for field in args:
                for value in SPOILT:
                    assert not eve.do(name, **{**args, field: value})["ok"]
        eve.do("note.put", id="n1", title="$ne")
        assert any("'title': '$ne'" in sent for sent in watch.commands), (
            "need to see what is sent for this test to mean anything"
        )
    assert not [sent for sent in watch.commands if any(str(value)[1:-1] in sent for value in SPOILT)]


@pytest.mark.parametrize(
    "body",
    [
        {"spaces": [""] * 200_000},
        {"seen": {f"{number:x}": -1 for number in range(200_000)}},
        {"seen": {f"pair:{number:x}": 1 for number in range(200_000)}},
        {f"{number:x}": 1 for number in range(200_000)},
        {"mutations": [None] * 200_000},
        {"mutations": [], "spaces": [""] * 200_000},
    ],
    ids=["spaces", "bad names", "good names", "fields", "mutations", "spaces of a sync"],
)
def test_how_much_there_is_is_looked_at_before_what_it_is(ann, body, monkeypatch):
    """Looking at every item would hold everybody up, and answering for every item would send it all back."""
    looked = []
    monkeypatch.setattr(SpaceName, "deserialize", lambda *_: looked.append(1))
    with pytest.raises(Failed) as refused:
        ann.transport.call("sync" if "mutations" in body else "pull", body)
    assert refused.value.error["code"] == "bad_request"
    assert len(str(refused.value.error)) < 3000
    assert looked == []


def test_many_errors_are_not_all_sent_back(ann):
    outcome = ann.do("note.put", id="n1", **{f"field{number}{'x' * 100}": 1 for number in range(40)})
    assert outcome["error"]["code"] == "bad_request"
    assert len(str(outcome)) < 1000
