"""What Beside must never do to people, looked for where it could hide: in every shape, every answer, every push."""

import json
import re

import pytest
from marshmallow import Schema

from schemas.sos import WORDS
from schemas.table import TABLES
from server.commands.context import COMMANDS, SYSTEM
from sync.clock import DAY, HOUR
from sync.record import private
from tests.good import GOOD
from tests.matched import listening
from tests.trust.lifecycle import lived
from tests.trust.scene import ALWAYS, pushed, reachable, send

PARTS = re.compile(r"[a-z0-9]+")  # of the name of a field
SCORES = {
    "average", "badge", "badges", "count", "counter", "karma", "leaderboard", "level", "likes", "mean", "number",
    "percent", "points", "progress", "quality", "rank", "rate", "rating", "reputation", "score", "scores", "stars",
    "streak", "total", "trust", "unread", "value", "votes", "gini", "active", "served",
}  # fmt: skip
SCORES_FOR = {  # the few that there may be, and where
    "unread": "one's own pairings, to oneself",
    "badge": "what Beside tells itself of somebody's own unread messages",
    "level": "how loud a notification is",
    "active": "a specialist's own places, and an operator's list of them",
    "active_at": "when anything was last written in a conversation, between Beside's own timers",
    "value": "somebody's own check-ins, to themselves",
    "quality": "of a whole batch, to operators",
    "load_gini": "of a whole batch, to operators",
    "served": "of a whole batch, to operators",
}
WATCHING = {"seen", "online", "offline", "typing", "presence", "lastseen", "idle", "status", "battery"}
WATCHING_FOR = {
    "seen": "in a pull and in a fact: what somebody's own phone has seen",
    "seen_at": "GET /devices: one's own phones, to oneself",
    "seen_on": "GET /operator/users: the day, and no time of it, to operators",
    "idle_minutes": "what was said when a conversation began",
}
PLACES = {
    "lat",
    "latitude",
    "lon",
    "lng",
    "longitude",
    "location",
    "geo",
    "gps",
    "coordinates",
    "address",
    "city",
    "ip",
}
GUESSES = {  # what nobody may work out about anybody; nor ask before somebody is heard
    "diagnosis", "ethnicity", "race", "religion", "orientation", "sentiment", "empathy", "emotion", "risk", "severity",
    "price", "paid", "premium", "boost", "experiment", "variant",
}  # fmt: skip
HOPE = re.compile(
    r"(help|somebody|someone|they) (is|are|will be) (coming|on (the|their|its) way)|will (come|help|be there)|hold on!",
    re.IGNORECASE,
)


@pytest.fixture
def life(world):
    return lived(world, [("sam", "ann")])


def shapes(base=Schema):
    for shape in base.__subclasses__():
        yield shape
        yield from shapes(shape)


def fields_of_schemas():
    ours = [shape for shape in shapes() if shape.__module__.startswith("schemas.")]
    return {name for shape in ours for name in shape._declared_fields} | {
        column for table in TABLES.values() for column in table.columns
    }


def keys(value):
    if isinstance(value, dict):
        yield from value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from keys(part)


def heard(life):
    return {who: [json.loads(text) for text in texts] for who, texts in life.heard.items()}


def suspicious(names, words):
    return {name for name in names if words & {*PARTS.findall(name.lower()), name.lower().replace("_", "")}}


def test_no_shape_has_a_field_that_counts_rates_or_ranks_anybody():
    assert len(fields_of_schemas()) > 150
    assert suspicious(fields_of_schemas(), SCORES) <= SCORES_FOR.keys()


def test_no_shape_has_a_field_that_watches_locates_or_guesses():
    assert suspicious(fields_of_schemas(), WATCHING) <= WATCHING_FOR.keys()
    assert suspicious(fields_of_schemas(), PLACES | GUESSES) == set()


def test_no_answer_counts_rates_ranks_watches_locates_or_guesses_and_nobody_writes_but_people(life):
    """Also where a shape says nothing of what is in it."""
    told = heard(life)
    names = {name for answers in told.values() for answer in answers for name in keys(answer)}
    assert len(names) > 250
    assert suspicious(names, SCORES) <= {"unread", "active", "value"}
    assert suspicious(names, PLACES | GUESSES) == set()
    assert suspicious(names, WATCHING) <= WATCHING_FOR.keys()
    with_seen_at = [answer for answers in told.values() for answer in answers if "seen_at" in set(keys(answer))]
    assert with_seen_at
    assert all(answer.keys() == {"devices", "server_time"} for answer in with_seen_at)
    assert_own_business(life, told)
    assert_silent(life)


def assert_own_business(life, told):
    """Check-ins, their trend and hint, and the like are told to nobody but their author, in no form."""
    private_kinds = {"checkin", "trend", "plan", "quiet", "block", "report", "debrief", "note", "pin", "card"}
    for who, answers in told.items():
        user = life.phones[who].user
        for answer in answers:
            for row in rows_in(answer):
                assert row["kind"] not in private_kinds or row["space"] == private(user), (who, row)
    changed = {row["kind"] for who in life.phones for row in life.phones[who].replica.values()}
    assert private_kinds - {"block", "note", "card"} <= changed, "need some of each for this to mean anything"


def assert_silent(life):
    """However long one waits: timers move things on, and write to nobody; what was written, somebody wrote."""
    world, rows = life.world, life.world.mongo.records
    before = {row["_id"] for row in rows.find({"space": {"$regex": "^pair:"}})}
    texts = rows.count_documents({"kind": "message"})
    for _ in range(8):
        world.wait(15 * DAY)
        world.parts.scheduler.run()
    assert {row["_id"] for row in rows.find({"space": {"$regex": "^pair:"}})} == before
    assert rows.count_documents({"kind": "message"}) == texts
    authors = {
        row["data"]["origin"]: row["author"] != "" for row in rows.find({"kind": "message", "data": {"$exists": True}})
    }
    assert authors == {"person": True}


def rows_in(value):
    if isinstance(value, dict) and {"kind", "space", "seq"} <= value.keys():
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from rows_in(part)


@pytest.mark.parametrize("by", ["peer", "specialist"])
def test_a_check_in_changes_nothing_outside_its_authors_own_space(world, sam, ann, pair, by):
    """So neither the other, nor a supervisor, nor who brings people together can know of it."""
    who = ann if by == "peer" else sam
    reachable(world, sam), reachable(world, ann), pushed(world, ann)
    theirs = {"space": {"$ne": private(who.user)}, "kind": {"$ne": "bell"}}
    before = list(world.mongo.records.find(theirs).sort("_id", 1))
    for number, values in enumerate(((9, 9, 9), (0, 0, 0), (0, 0, 0), (0, 0, 0), (None, None, None))):
        items = dict(zip(("could_say", "can_rely", "both_gave"), values, strict=True))
        assert who.do("checkin.put", id=f"k{number}", pairing=pair[5:], **items)["ok"]
        world.wait(14 * DAY)
    assert who.do("checkin.delete", id="k0")["ok"]
    assert pushed(world, ann) + pushed(world, sam) == []
    assert list(world.mongo.records.find(theirs).sort("_id", 1)) == before


# Notifications


def canaried(value):
    """Return args with a canary in every text that somebody writes."""
    if isinstance(value, dict):
        return {key: canaried(one) if key in WRITTEN or isinstance(one, dict) else one for key, one in value.items()}
    return f"CANARY {value}" if isinstance(value, str) else value


WRITTEN = {
    "text", "words", "told", "theme", "title", "body", "about", "note", "reason", "name", "notice", "soothe", "go_to",
    "call", "keep_away", "worth", "to", "decided_by", "why_not", "pronouns",
}  # fmt: skip


def test_no_push_says_anything_but_that_there_is_something(world, sam, ann, pair):
    """Every command that there is, with words that would be recognized, by both; and what a payload consists of."""
    world.person("sue", "supervisor")
    listening(world, sam, world.phone(world.person("olga", "operator")))
    sam.do("availability.set", zone="UTC", weekly=ALWAYS, exceptions={})
    for phone in (sam, ann):
        reachable(world, phone)
    sent, accepted = [], set()
    parting = [name for name in GOOD if name.startswith(("agreement.", "pairing.", "block.", "quiet.", "handover."))]
    for name in [*(one for one in GOOD if one not in parting), *parting]:
        for phone in (ann, sam):
            spaces = {key: value for key, value in (("space", pair), ("pairing", pair[5:])) if key in fields_of(name)}
            if phone.do(name, **canaried(GOOD[name]) | spaces)["ok"]:
                accepted.add(name)
            world.wait(61_000)
            world.parts.scheduler.run()
            world.parts.notifications.enqueuer.enqueue()
            world.parts.notifications.scheduler.run()
            sent += [one.payload for one in world.parts.notifications.provider.sent]
            world.parts.notifications.provider.sent.clear()
    assert {"message.send", "question.ask", "sos.raise", "suggestion.ask", "disclosure.invite"} <= accepted
    assert len(sent) > 25
    for payload in sent:
        assert payload.keys() == {"what", "badge", "collapse"}
        assert payload["what"] in {"new", "urgent", "badge", "withdraw"}
        assert payload["collapse"] in {"new", "urgent", "badge"}
        assert type(payload["badge"]) is int
    bells = list(world.mongo.records.find({"kind": "bell"}))
    assert bells
    assert all(row["data"].keys() <= {"dues", "rings", "badge", "told"} for row in bells)


def fields_of(name):
    return COMMANDS[name].schema.fields


# In nobody's name


def test_nobody_speaks_as_beside_and_no_message_is_without_an_origin(world, sam, ann, pair):
    staff = [world.phone(world.person(f"max-{role}", role)) for role in ("supervisor", "operator")]
    for phone in (sam, ann, *staff):
        asked = {"space": pair, "id": "m1", "text": "hello"}
        assert phone.do("message.send", **asked, origin="system")["error"]["code"] in {"forbidden", "not_found"}
        assert phone.do("message.send", **asked)["error"]["details"]["field"] == "args.origin"
    assert world.mongo.records.count_documents({"kind": "message"}) == 0


def test_beside_cannot_speak_in_a_persons_name(world, sam, ann, pair):
    """It is a member of no space; what it says itself has no author, and is said to be its own."""
    beside = world.phone(SYSTEM)
    for origin in ("person", "template", "system"):
        refused = beside.do("message.send", space=pair, id="m1", text="I am so sorry.", origin=origin)
        assert refused["error"]["code"] == "not_found"
    assert send(sam, pair, "s1", "hello")["ok"]
    olga = world.phone(world.person("olga", "operator"))
    assert olga.do("specialist.deactivate", specialist="sam", sudden=True)["ok"]
    ann.sync()
    said = {(row["data"]["origin"], row["author"]) for row in ann.records("message")}
    assert said == {("person", sam.spaces()[pair]), ("system", "")}


def test_whose_words_they_are_is_told_to_both(world, sam, ann, pair):
    assert ann.do("message.send", space=pair, id="m1", text="I need time.", origin="template")["ok"]
    for phone in (sam, ann):
        phone.sync()
        assert [row["data"]["origin"] for row in phone.records("message")] == ["template"]


# No false hope


def test_nothing_says_that_somebody_comes_before_somebody_said_so(world, sam, ann, pair):
    """Raised, called again and again, seen: the only words are her own, and nobody has taken it."""
    world.person("sue", "supervisor")
    listening(world, sam, world.phone(world.person("olga", "operator")))
    sam.do("availability.set", zone="UTC", weekly=ALWAYS, exceptions={})
    told = [ann.do("sos.raise", id="s1", words="Please")]
    for _ in range(6):
        world.wait(HOUR // 4)
        world.parts.scheduler.run()
        ann.sync()
        told += ann.records("sos")
    sam.sync()
    [call] = sam.records("call")
    assert sam.do("call.see", id=call["id"])["ok"]
    ann.sync()
    told += ann.records("sos")
    data = [row["data"] for row in rows_in(told)]
    assert {row["state"] for row in data} == {"raised", "seen"}
    assert all(row["taken"] is None and row["said"] == [] for row in data)
    asked = {one["who"] for row in data for one in row["asked"]}
    assert asked <= {"specialist", "on_call", "supervisor", "nobody"}
    assert {row["words"] for row in data} == {"Please"}
    assert len("Please") < WORDS
    assert sam.do("call.take", id=call["id"])["ok"]
    ann.sync()
    [sos] = ann.records("sos")
    assert (sos["data"]["state"], sos["data"]["taken"]["by"]) == ("taken", "specialist")


def test_no_text_of_besides_own_promises_that_help_comes(request):
    root = request.config.rootpath
    said = "\n".join(path.read_text() for folder in ("server", "schemas") for path in (root / folder).rglob("*.*")
                     if path.suffix in {".py", ".json"})  # fmt: skip
    assert "Please" in said or "SOS" in said, "need the texts for this test to mean anything"
    strings = re.findall(r'"([^"\n]{12,})"', said)
    assert len(strings) > 300
    assert [text for text in strings if HOPE.search(text)] == []
