"""Open questions: to pass is a full answer, a prompt can be read for ever, and Beside asks nobody anything itself."""

import json

import pytest
import uuid_utils

from schemas.agreement import LOCALES
from server.commands.context import COMMANDS, SYSTEM
from server.store.accounts import AccountStore
from server.trust import prompts
from sync.clock import DAY
from tests.sealed import push_tokens

PROMPT = "what_brought_you"
YEAR = 365 * DAY  # ms


def state(phone, space, name="q1"):
    phone.pull()
    [row] = [row for row in phone.records("question", space) if row["id"] == name]
    return row["data"]["state"], row["data"]["answer"]


@pytest.fixture
def asked(sam, ann, pair):
    assert sam.do("question.ask", space=pair, id="q1", prompt=PROMPT)["ok"]
    ann.pull()
    return pair


@pytest.fixture
def retired(monkeypatch):
    """Let a prompt that people were asked be retired."""
    row = next(row for row in prompts._data["prompts"] if row["id"] == PROMPT)
    monkeypatch.setitem(row, "retired", not row["retired"])
    monkeypatch.setitem(row, "version", prompts.VERSION + 1)
    return row


def test_either_side_may_ask_a_question_of_the_library_or_their_own(sam, ann, pair):
    for number, (phone, other) in enumerate([(sam, ann), (ann, sam)]):
        assert phone.do("question.ask", space=pair, id=f"l{number}", prompt=PROMPT)["ok"]
        assert phone.do("question.ask", space=pair, id=f"o{number}", text="How was Monday?")["ok"]
        assert other.do("question.answer", space=pair, id=f"o{number}", text="long")["ok"]
        assert state(phone, pair, f"o{number}") == ("answered", "long")
        assert state(phone, pair, f"l{number}") == ("asked", None)
    for wrong in ({}, {"prompt": PROMPT, "text": "both"}, {"prompt": "never_was"}):
        assert sam.do("question.ask", space=pair, id="w1", **wrong)["error"]["code"] == "bad_request"


@pytest.mark.parametrize("locale", LOCALES)
def test_a_prompt_is_asked_in_words_that_are_kept_with_it(sam, ann, pair, locale):
    assert sam.do("question.ask", space=pair, id="q1", prompt=PROMPT, locale=locale)["ok"]
    ann.pull()
    [row] = ann.records("question", pair)
    assert row["data"]["text"] == prompts.text(PROMPT, locale)
    assert row["data"]["locale"] == locale


def test_only_who_was_asked_answers_or_passes(sam, ann, eve, asked):
    for name, more in (("answer", {"text": "x"}), ("pass", {})):
        assert sam.do(f"question.{name}", space=asked, id="q1", **more)["error"]["code"] == "forbidden"
        assert eve.do(f"question.{name}", space=asked, id="q1", **more)["error"]["code"] == "not_found"
    assert state(ann, asked) == ("asked", None)


def test_to_pass_leaves_nothing_that_could_remind_anybody(world, ann, sam, asked):
    device = sam.transport.caller.device
    for phone in (ann, sam):
        AccountStore(world.mongo).add_device(phone.transport.caller.device, phone.user, "phone", world.time)
    push_tokens(world.mongo).put(device, {"platform": "fcm", "token": "sam's"})
    assert ann.do("question.pass", space=asked, id="q1")["ok"]
    assert ann.do("question.pass", space=asked, id="q1")["ok"]
    sam.pull()
    world.parts.notifications.enqueuer.enqueue()
    world.parts.notifications.scheduler.run()
    assert [sent.token for sent in world.parts.notifications.provider.sent] == ["sam's"], (
        "sam is told once that there is news"
    )
    [row] = world.mongo.records.find({"kind": "question"})
    assert "due" not in row
    assert "live" not in row
    before = _everything(world)
    for _ in range(3):
        world.wait(YEAR)
        assert world.parts.scheduler.run() == 0
        world.parts.notifications.enqueuer.enqueue()
        world.parts.notifications.scheduler.run()
    assert _everything(world) == before
    assert len(world.parts.notifications.provider.sent) == 1
    assert state(sam, asked) == ("passed", None)


def test_who_passed_may_still_answer_and_answer_better_but_an_answer_is_not_passed(ann, sam, asked):
    assert ann.do("question.pass", space=asked, id="q1")["ok"]
    assert ann.do("question.answer", space=asked, id="q1", text="my sister did")["ok"]
    assert ann.do("question.answer", space=asked, id="q1", text="my sister, in the end")["ok"]
    assert state(sam, asked) == ("answered", "my sister, in the end")
    assert ann.do("question.pass", space=asked, id="q1")["error"]["details"]["state"] == "answered"
    assert state(sam, asked) == ("answered", "my sister, in the end")


def test_of_answers_on_two_phones_the_later_written_stays_however_they_arrive(world, ann, sam, asked):
    tablet = world.phone(ann.transport.caller, "tablet")
    tablet.pull()
    ann.does("question.answer", space=asked, id="q1", text="first")
    world.wait(1000)
    assert tablet.do("question.answer", space=asked, id="q1", text="second")["ok"]
    assert ann.push()[0]["ok"]
    assert state(sam, asked) == state(ann, asked) == ("answered", "second")


def test_a_retired_prompt_can_be_read_answered_and_asked_by_who_still_has_it(world, sam, ann, asked, retired):
    library = world.parts.app.test_client().get("/api/v1/prompts").get_json()
    [row] = [row for row in library["prompts"] if row["id"] == PROMPT]
    assert row["retired"]
    assert row["texts"].keys() >= set(LOCALES)
    assert state(ann, asked) == ("asked", None)
    [question] = ann.records("question", asked)
    assert question["data"]["text"] == row["texts"]["en"]
    assert ann.do("question.answer", space=asked, id="q1", text="my sister did")["ok"]
    assert sam.do("question.ask", space=asked, id="q2", prompt=PROMPT, locale="de")["ok"]
    assert sam.do("disclosure.invite", space=asked, id="d1", prompt=PROMPT)["ok"]


def test_apps_hear_of_a_retired_prompt_by_what_is_new_since_their_version(world, retired):
    client = world.parts.app.test_client()
    new = client.get(f"/api/v1/prompts?after={prompts.VERSION}").get_json()["prompts"]
    assert [(row["id"], row["retired"]) for row in new] == [(PROMPT, True)]


def test_words_that_were_asked_stay_when_the_library_says_it_better(sam, ann, asked, retired, monkeypatch):
    before = retired["texts"]["en"]
    monkeypatch.setitem(retired["texts"], "en", "What made you come?")
    fresh = ann.transport.call("pull", {"cursor": None})
    assert before in json.dumps(fresh)
    assert "What made you come?" not in json.dumps(fresh)


def test_beside_itself_has_no_way_to_ask_answer_or_pass(world, asked):
    """Whoever asks is a member of the pairing; what Beside asks for itself is done in nobody's name."""
    own = [name for name, command in COMMANDS.items() if command.internal]
    assert not [name for name in own if name.startswith(("question.", "message.s", "letter.", "step.", "strength."))]
    for name, args in (
        ("question.ask", {"id": "q9", "text": "How are you?"}),
        ("question.answer", {"id": "q1", "text": "fine"}),
        ("question.pass", {"id": "q1"}),
        ("disclosure.seal", {"id": "q1", "text": "fine"}),
        ("message.send", {"id": "m1", "text": "We miss you.", "origin": "person"}),
    ):
        mutation = {"id": str(uuid_utils.uuid7()), "name": name, "at": "1-0", "args": {"space": asked, **args}}
        outcome = world.parts.backend.mutate(SYSTEM, mutation)
        assert outcome["error"]["code"] == "not_found"


def test_every_question_has_an_author_who_pushed_it(world, sam, ann, asked):
    ann.do("question.ask", space=asked, id="q2", text="And you?")
    authors = {row["id"]: row["author"] for row in world.mongo.records.find({"kind": "question"})}
    assert authors == {"q1": sam.spaces()[asked], "q2": ann.spaces()[asked]}
    users = {row["_id"].partition("|")[0] for row in world.mongo.ledger.find({"keys.1": "question"})}
    assert users <= {sam.user, ann.user}


def _everything(world):
    return [row for row in world.mongo.records.find({}).sort("_id") if row["kind"] != "bell"]
