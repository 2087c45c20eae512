"""Once somebody is blocked: to them it is a re-match like any other; to who blocked, they are not there any more."""

import itertools
import json

import pytest
import uuid_utils

from schemas.table import TABLES
from server.commands.context import COMMANDS
from sync.clock import DAY
from tests import in_memory
from tests.conftest import World
from tests.good import GOOD
from tests.sync.stories import phone_of
from tests.trust.scene import NOWHERE, WM, Sky, asking, lived, pushed, reachable, rows, send

SEEN = ("introduction", "message", "pairing", "practice", "request", "session", "story_card")  # collections looked at
REPORT = {"id": "p-9", "ground": "pressure", "words": "He went on.", "messages": ["s1"], "consent": True}


def heard_afterwards(world, moment, by, name, args):
    """Return all that the other is told after a pairing was ended by somebody: answers, pages, frames, rows, pushes."""
    sam, ann, space = lived(world, moment)
    who, other = (ann, sam) if by == "peer" else (sam, ann)
    known = other.does("profile.edit", name="Somebody")
    other.sync()
    air, ask = Sky(world, [other]), asking(world, other)
    reachable(world, other)
    since = json.loads(ask(WM))["timestamp"]
    given = {kind: rows(ask, kind)["checkpoint"] for kind in SEEN}
    where = {"space": space} if "space" in COMMANDS[name].schema.fields else {"pairing": space[5:]}
    assert who.do(name, **where, **args)["ok"]
    told = [pushed(world, other), other.transport.call("mutate", known)]
    for asked in GOOD:
        fields = COMMANDS[asked].schema.fields
        named = {name: value for name, value in (("space", space), ("pairing", space[5:])) if name in fields}
        told.append(other.do(asked, **GOOD[asked] | named))
    for _ in range(2):
        world.wait(DAY)
        world.parts.scheduler.run()
        told += [other.transport.call("pull", {"cursor": None}), other.sync(), pushed(world, other)]
    paths = ["/api/v1/spaces", f"/api/v1/spaces/{space}/history", f"/api/v1/spaces/{space}/path", WM]
    told += [ask(path) for path in (*paths, f"{WM}?last_pulled_at={since}", "/api/v1/requests/r1/shortlist")]
    told += [rows(ask, kind, checkpoint) for kind, checkpoint in given.items()]
    told += [frame for _, frame in air.frames] + list(other.replica.values())
    return [json.dumps(one) for one in told]


@pytest.fixture
def twin(monkeypatch):
    """Return a function that makes the same world again: with the same ids, given out in the same order."""

    def make():
        count = itertools.count()
        monkeypatch.setattr(uuid_utils, "uuid7", lambda: f"01a20000-0000-7000-8000-{next(count):012x}")
        return World(in_memory.database())

    return make


@pytest.mark.parametrize(
    ("moment", "by"),
    [
        ("active", "peer"),
        ("handover", "peer"),
    ],
)
def test_whatever_the_other_does_afterwards_tells_them_nothing(twin, moment, by):
    report = {"report": REPORT}
    parted = heard_afterwards(twin(), moment, by, "pairing.rematch", {})
    blocked = heard_afterwards(twin(), moment, by, "block.set", report)
    assert len(parted) > len(GOOD) + len(SEEN)
    assert [(one, two) for one, two in zip(parted, blocked, strict=True) if one != two] == []


# To who blocked, the other is not there


@pytest.fixture
def blocked(world, sam, ann, pair):
    """Return ann's other devices and what she asks, once she has blocked sam, who then does all that he can."""
    air = Sky(world, [ann, sam])
    offline = phone_of(world, ann.transport.caller, "tablet")
    send(sam, pair, "s1", "CANARY before"), ann.sync(), offline.sync()
    assert offline.texts(pair) == ["CANARY before"]
    ask = asking(world, ann)
    since = json.loads(ask(WM))["timestamp"]
    given = {kind: rows(ask, kind) for kind in TABLES}
    send(sam, pair, "s2", "CANARY on its way")
    air.frames.clear()
    assert ann.do("block.set", space=pair)["ok"]
    at_block = len(air.frames)
    for name in GOOD:
        fields = COMMANDS[name].schema.fields
        words = {key: f"CANARY {value}" for key, value in GOOD[name].items() if key in {"text", "words", "told"}}
        where = {key: value for key, value in (("space", pair), ("pairing", pair[5:])) if key in fields}
        sam.do(name, **GOOD[name] | words | where)
    world.wait(DAY)
    world.parts.scheduler.run()
    later = [frame for phone, frame in air.frames[at_block:] if phone is ann]
    return offline, ask, since, given, later


def test_no_device_of_hers_hears_of_it_any_more(world, blocked, ann, pair):
    """Neither one that is connected, nor one that was offline, nor one that is new."""
    offline, _, _, _, frames = blocked
    assert [frame for frame in frames if frame["space"] == pair or "CANARY" in json.dumps(frame)] == []
    new = phone_of(world, ann.transport.caller, "new")
    for phone in (ann, offline, new):
        phone.sync()
        assert {space for space, _, _ in phone.replica} == {f"user:{ann.user}"}
        assert "CANARY" not in json.dumps(list(phone.replica.values()))
        assert not phone.stale


def test_client_databases_are_told_to_delete_every_row_and_given_none(blocked, pair):
    _, ask, since, given, _ = blocked
    there = {kind: {row["id"] for row in one["documents"] if row.get("space") == pair} for kind, one in given.items()}
    assert all(there[kind] for kind in ("message", "pairing", "agreement"))
    for kind, before in given.items():
        after = {row["id"]: row for row in rows(ask, kind, before["checkpoint"])["documents"]}
        assert all(after[name]["_deleted"] for name in there[kind]), kind
        assert "CANARY" not in json.dumps(list(after.values()))
        assert [row for row in rows(ask, kind)["documents"] if row.get("space") == pair and not row["_deleted"]] == []
    for path in (WM, f"{WM}?last_pulled_at={since}"):
        text = ask(path)
        assert "CANARY" not in text
        for kind, changes in json.loads(text)["changes"].items():
            assert [row for row in changes["updated"] if row.get("space") == pair] == []
            assert path == WM or there[kind] <= set(changes["deleted"])


def test_every_read_says_that_there_is_no_such_space(world, blocked, ann, pair):
    ask = blocked[1]
    for end in ("history", "path"):
        answers = [ask(f"/api/v1/spaces/{space}/{end}").replace(space, "") for space in (pair, NOWHERE)]
        assert answers[0] == answers[1]
        assert "not_found" in answers[0]
    assert [row["space"] for row in json.loads(ask("/api/v1/spaces"))["spaces"]] == [f"user:{ann.user}"]


def test_what_her_other_devices_had_waiting_meets_a_space_that_is_not_there(ann, pair):
    ann.do("story.edit", text="x")
    assert ann.do("block.set", space=pair)["ok"]
    for name in GOOD.keys() - {"block.set", "block.lift", "report.file", "debrief.ask"}:
        if "space" in COMMANDS[name].schema.fields:
            answers = [(space, ann.do(name, **GOOD[name] | {"space": space})["error"]) for space in (pair, NOWHERE)]
            assert len({str(answer).replace(space, "") for space, answer in answers}) == 1, name
            assert answers[0][1]["code"] == "not_found", name
