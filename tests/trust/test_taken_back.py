"""Words are their author's: they can be taken back in every state of a pairing, also after the end and a block."""

# ruff: noqa: F811 — pytest gives fixtures by the names of arguments

import json
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from server.notifications.enqueuer import BADGE
from sync.record import FAR
from tests.sealed import whole
from tests.trust.notified import corrected, new, space  # noqa: F401 — a fixture
from tests.trust.scene import NOWHERE, Sky, pushed, send

SECRET = "SECRET"
BY = {"by": "2026-11-24T18:00", "zone": "Europe/Berlin"}


class Words(NamedTuple):
    """Words of ann's: the commands by which they come to be, and the one that takes them back."""

    written: tuple[tuple[str, str, dict[str, Any]], ...]  # who, command, args
    back: str
    named: bool = True  # the last command names the record


def of(who: str, name: str, **args: Any) -> tuple[str, str, dict[str, Any]]:
    return who, name, args


WORDS = {
    "message": Words((of("ann", "message.send", id="x1", text=SECRET, origin="person"),), "message.delete"),
    "step": Words((of("ann", "step.propose", id="x1", text=SECRET),), "step.withdraw"),
    "strength": Words((of("ann", "strength.notice", id="x1", text=SECRET),), "strength.withdraw"),
    "repair": Words((of("ann", "repair.invite", id="x1", words=SECRET),), "repair.withdraw"),
    "letter": Words((of("ann", "letter.write", text=SECRET),), "letter.withdraw", named=False),
    "question": Words((of("ann", "question.ask", id="x1", text=SECRET, locale="en"),), "question.withdraw"),
    "answer": Words((
        of("sam", "question.ask", id="x1", text="How are you?", locale="en"),
        of("ann", "question.answer", id="x1", text=SECRET),
    ), "question.withdraw"),
    "promise": Words((of("ann", "promise.make", id="x1", words=SECRET, **BY),), "promise.withdraw_words"),
    "suggestion": Words((of("ann", "suggestion.ask", id="x1", text=SECRET, about=SECRET),), "suggestion.withdraw"),
    "suggestion that was read": Words((
        of("ann", "suggestion.ask", id="x1", text=SECRET),
        of("sam", "suggestion.allow", id="x1"),
    ), "suggestion.withdraw"),
    "card": Words((
        of("sam", "disclosure.invite", id="x1", theme="Fear"),
        of("ann", "disclosure.seal", id="x1", text=SECRET),
    ), "disclosure.withdraw"),
}  # fmt: skip
SHARED = [name for name in WORDS if name != "card"]  # the author of a card that is sealed is told to nobody
STATES = ("active", "paused", "withdrawn", "ended", "blocked", "blocked by the other", "suspended")


@pytest.fixture
def written(sam, ann, pair):
    """Return a function that lets words be written, and returns the args that take them back."""
    people = {"sam": sam, "ann": ann}

    def write(words: Words) -> dict[str, Any]:
        for who, name, args in words.written:
            assert people[who].do(name, space=pair, **args)["ok"], name
        return {"space": pair, **({"id": "x1"} if words.named else {})}

    return write


def comes_to(state: str, sam, ann, pair) -> None:
    name = pair.removeprefix("pair:")
    done = {
        "paused": lambda: sam.do("pairing.pause", pairing=name),
        "withdrawn": lambda: sam.do("agreement.withdraw", space=pair),
        "ended": lambda: sam.do("pairing.end", pairing=name),
        "blocked": lambda: ann.do("block.set", space=pair),
        "blocked by the other": lambda: sam.do("block.set", space=pair),
        "suspended": lambda: ann.do("pairing.end", pairing=name),
    }
    assert state == "active" or done[state]()["ok"]
    if state == "suspended":
        ann.transport.caller = replace(ann.transport.caller, suspended_until=FAR)


def stored(world) -> str:
    return whole(world.mongo)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", WORDS)
def test_their_author_takes_them_back_in_every_state(world, sam, ann, pair, written, kind, state):
    args = written(WORDS[kind])
    assert SECRET in stored(world)
    comes_to(state, sam, ann, pair)
    ann.sync()
    first = ann.do(WORDS[kind].back, **args)
    assert first["ok"], first
    assert SECRET not in stored(world)
    second = ann.do(WORDS[kind].back, **args)
    told = [[one for one in outcome["changes"] if one["space"] == pair] for outcome in (first, second)]
    assert (second["ok"], told[0]) == (True, told[1]), "twice is the same as once"
    sam.sync(), ann.sync()
    assert SECRET not in str([*sam.replica.values(), *ann.replica.values()])
    if state == "blocked":
        assert told[0] == [], "she reads this space no more"
        assert ann.do("block.lift", space=pair)["ok"]
        ann.sync()
        assert SECRET not in str(ann.replica)


@pytest.mark.parametrize("state", [state for state in STATES if state != "suspended"])
@pytest.mark.parametrize("kind", SHARED)
def test_nobody_else_takes_them_back(world, sam, ann, eve, pair, written, kind, state):
    args, bob = written(WORDS[kind]), world.phone(world.person("bob"))
    other = world.paired(world.phone(world.person("tom", "specialist")), bob)
    comes_to(state, sam, ann, pair)
    for stranger, where in ((eve, pair), (bob, pair), (ann, other)):
        refusals = [stranger.do(WORDS[kind].back, **{**args, "space": one})["error"] for one in (where, NOWHERE)]
        told = [json.dumps(refusal).replace(where, "…").replace(NOWHERE, "…") for refusal in refusals]
        assert told[0] == told[1], "as if there were no such space"
        assert refusals[0]["code"] == "not_found"
    refused = sam.do(WORDS[kind].back, **args)["error"]
    usual = {"letter": "not_found", "answer": "wrong_state"}.get(kind, "forbidden")
    assert refused["code"] == ("not_found" if state == "blocked by the other" and usual == "forbidden" else usual)
    assert (refused["details"].get("field") == "space") == (state == "blocked by the other" and kind != "answer")
    assert SECRET in stored(world)


@pytest.mark.parametrize("kind", ["message", "letter", "question", "answer", "promise", "repair", "suggestion"])
@pytest.mark.parametrize("state", ["active", "ended"])
def test_it_rings_nobody_and_is_on_both_phones_at_once(world, sam, ann, space, written, kind, state):
    args = written(WORDS[kind])
    comes_to(state, sam, ann, space)
    for phone in (sam, ann):
        phone.sync()
        phone.do("position.read", space=space, seq=2**40)
        pushed(world, phone)
        phone.sync()
    air = Sky(world, [sam, ann])
    assert ann.do(WORDS[kind].back, **args)["ok"]
    assert {phone.user for phone, frame in air.frames if frame["space"] == space} == {sam.user, ann.user}
    air.arrive()
    assert SECRET not in str([*sam.replica.values(), *ann.replica.values()])
    world.wait(120_000)
    assert [pushed(world, phone) for phone in (sam, ann)] == [[], []]


def test_an_unread_message_that_is_deleted_after_the_end_leaves_the_badge(world, sam, ann, space):
    for name in ("s0", "s1"):
        assert send(sam, space, name, SECRET)["ok"]
    assert sam.do("pairing.end", pairing=space.removeprefix("pair:"))["ok"]
    pushed(world, ann)
    for name, then in (("s0", corrected(1)), ("s1", corrected(0))):
        assert sam.do("message.delete", space=space, id=name)["ok"]
        assert pushed(world, ann) == []
        world.wait(BADGE)
        assert pushed(world, ann) == [then]


def test_nothing_else_is_written_after_the_end(sam, ann, pair):
    assert send(ann, pair, "x1", "hello")["ok"]
    assert sam.do("pairing.end", pairing=pair.removeprefix("pair:"))["ok"]
    for name, args in (("message.edit", {"text": "bye"}), ("message.flag", {"hard_to_say": True})):
        assert ann.do(name, space=pair, id="x1", **args)["error"]["code"] == "wrong_state"


def test_what_the_peer_chose_stays_theirs_and_the_peer_removes_every_step_also_after_the_end(sam, ann, pair):
    for name in ("t1", "t2"):
        assert sam.do("step.propose", space=pair, id=name, text="call your sister")["ok"]
    assert ann.do("step.change", space=pair, id="t1", state="adopted")["ok"]
    assert sam.do("pairing.end", pairing=pair.removeprefix("pair:"))["ok"]
    assert sam.do("step.withdraw", space=pair, id="t1")["error"]["code"] == "wrong_state"
    assert sam.do("step.withdraw", space=pair, id="t2")["ok"]
    assert ann.do("block.set", space=pair)["ok"]
    assert ann.do("step.withdraw", space=pair, id="t1")["ok"]
    sam.sync()
    assert sam.records("step") == []


def test_a_question_that_was_answered_stays_until_its_answer_is_taken_back(sam, ann, pair):
    assert sam.do("question.ask", space=pair, id="q1", text="How are you?", locale="en")["ok"]
    assert ann.do("question.withdraw", space=pair, id="q1")["error"]["code"] == "forbidden"
    assert ann.do("question.answer", space=pair, id="q1", text=SECRET)["ok"]
    assert sam.do("question.withdraw", space=pair, id="q1")["error"]["code"] == "wrong_state"
    assert ann.do("question.withdraw", space=pair, id="q1")["ok"]
    sam.sync()
    [question] = sam.records("question")
    assert (question["data"]["state"], question["data"]["answer"]) == ("passed", None)
    assert sam.do("question.withdraw", space=pair, id="q1")["ok"]
    ann.sync()
    assert ann.records("question") == []
    assert ann.do("question.answer", space=pair, id="q1", text="Well.")["error"]["code"] == "not_found"


@pytest.mark.parametrize("kind", ["answer", "letter"])
def test_of_writing_and_taking_back_on_two_phones_the_later_one_counts(world, sam, ann, pair, written, kind):
    """What her tablet wrote before she took it back arrives after that; what she writes then is new."""
    args, tablet = written(WORDS[kind]), world.phone(ann.transport.caller, "tablet")
    _, write, words = WORDS[kind].written[-1]
    world.wait(1000)
    tablet.does(write, space=pair, **words)
    world.wait(1000)
    assert ann.do(WORDS[kind].back, **args)["ok"]
    assert tablet.push()[0]["ok"]
    assert SECRET not in stored(world)
    sam.sync()
    assert [one["data"]["state"] for one in sam.records("question")] == (["passed"] if kind == "answer" else [])
    world.wait(1000)
    assert tablet.do(write, space=pair, **{**words, "text": "anew"})["ok"]
    sam.sync()
    [record] = sam.records("letter" if kind == "letter" else "question")
    assert "anew" in record["data"].values()


def test_an_answer_that_is_given_again_is_news_again(world, sam, ann, space, written):
    args = written(WORDS["answer"])
    pushed(world, sam)
    assert ann.do("question.withdraw", **args)["ok"]
    world.wait(1000)
    pushed(world, sam)
    assert ann.do("question.answer", **args, text="Better.")["ok"]
    world.wait(120_000)
    assert pushed(world, sam) == [new(0)]
