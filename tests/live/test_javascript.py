"""JavaScript phones on a running server: what is promised holds for a client that we did not write."""

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from schemas.agreement import AGREED
from server.realtime.packets import LARGEST_EVENT

CLIENTS = Path(__file__).parent.parent / "clients"
HELLO = "Grüße an Zoë: 👩🏽‍🚀 \u0000\u2028 \U0010ffff"  # combined, null, a line separator, the last code point
LONGEST = 10_000  # characters
SCRIPTS = ("a", "é", "€", "日", "👋")  # of 1, 2, 3, 3 and 4 bytes


class DatabaseProcess:
    """A program of tests/clients that is running for a phone."""

    def __init__(self, script: str, phone: Any, address: str, **scenario: Any) -> None:
        command = ["node", CLIENTS / script, address, phone.tokens["access_token"], json.dumps(scenario)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")

    def line(self) -> str:
        """Return what it prints next."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip() or self._complaint()

    def rest(self) -> Any:
        """Return the JSON it ends with."""
        printed, complaint = self.process.communicate(timeout=200)
        assert self.process.returncode == 0, complaint
        return json.loads(printed)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()

    def _complaint(self) -> str:
        raise AssertionError(self.process.communicate(timeout=200)[1])


@pytest.fixture
def node(server) -> Iterator[Callable[..., DatabaseProcess]]:
    """Return a function that starts a program for a phone."""
    started: list[DatabaseProcess] = []

    def start(script: str, phone: Any, **scenario: Any) -> DatabaseProcess:
        started.append(DatabaseProcess(script, phone, server.address, **scenario))
        return started[-1]

    yield start
    for program in started:
        program.end()


@pytest.fixture
def sam(online):
    return online("specialist")


@pytest.fixture
def ann(online):
    return online()


@pytest.fixture
def space(sam, ann) -> str:
    code = sam.do("pairing.invite")["changes"][0]["data"]["code"]
    space = ann.do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]
    sam.sync()
    ann.sync()
    return space


@pytest.fixture
def said(node, ann, space) -> dict[str, Any]:
    """Return what the server said to ann's phone on its tour."""
    return node("tour.mjs", ann, space=space, cursor=ann.cursor, text=HELLO).rest()


def test_who_is_not_known_is_not_let_in_and_told_why(said):
    codes = {"stranger": "unauthenticated", "nameless": "unauthenticated", "confused": "bad_request"}
    assert {who: said[who]["data"]["code"] for who in codes} == codes
    assert all(said[who]["message"] == said[who]["data"]["message"] for who in codes)


def test_a_message_sent_by_javascript_is_acknowledged_shown_live_and_read_by_the_other(said, sam, space):
    outcome = said["outcome"]
    assert outcome["ok"]
    [message] = outcome["changes"]
    assert (message["id"], message["data"]["text"]) == ("from-javascript", HELLO)
    assert said["live"] == {"space": space, "seq": message["seq"], "change": message}
    sam.sync()
    assert sam.texts(space) == [HELLO]


def test_a_retry_from_javascript_is_answered_as_the_first_time(said, sam, space):
    first, second = said["outcome"], said["retried"]
    assert {**second, "server_time": 0} == {**first, "server_time": 0}


def test_a_phone_that_wakes_up_pushes_and_pulls_in_one_go(said):
    assert [outcome["ok"] for outcome in said["synced"]["outcomes"]] == [True]
    assert ids(said["synced"]) == ["from-javascript", "note-1"]


def test_who_comes_back_with_an_old_cursor_is_sent_what_was_missed(said, ann):
    assert ids(said["page"]) == ["from-javascript", "note-1"]
    assert not said["page"]["more"]
    assert said["page"]["cursor"] != ann.cursor
    told = {name: value for name, value in said["page"].items() if name not in {"cursor", "server_time"}}
    assert told == {name: said["pulled"][name] for name in told}


def test_an_event_that_there_is_not_is_answered(said):
    assert said["unknown"]["error"]["code"] == "unknown_command"
    assert said["unknown"]["error"]["details"] == {"field": "event", "name": "message.shout"}


def test_whatever_cannot_be_understood_is_answered_and_the_connection_stays(said):
    codes = {case: answer.get("error", {}).get("code") for case, answer in said["malformed"].items()}
    assert codes == dict.fromkeys(said["malformed"], "bad_request")
    assert said["oversize"]["error"]["code"] == "too_large"
    assert said["oversize"]["error"]["details"]["limit"] == LARGEST_EVENT
    assert ids(said["pulled"]) == ["from-javascript", "note-1"]  # asked on the same connection, after all that


def test_every_answer_is_as_described(said, server):
    described = httpx.get(f"{server.address}/asyncapi.json", timeout=60).json()
    shapes = {"outcome": "Result", "live": "Frame", "synced": "Synced", "pulled": "Page", "page": "Page"}
    shapes |= {"unknown": "Failure", "oversize": "Failure"}
    for step, shape in shapes.items():
        jsonschema_rs.validate({**described, "$ref": f"#/components/schemas/{shape}"}, said[step])


def test_a_burst_of_long_messages_arrives_to_the_last_byte(node, sam, ann, space):
    texts = {f"m{number}": burst(number) for number in range(60)}
    listener = node("listen.mjs", ann, space=space, cursor=ann.cursor, messages=len(texts))
    assert listener.line() == "listening"
    for name, text in texts.items():
        sam.does("message.send", space=space, id=name, text=text, origin="person")
    while sam.outbox:
        assert all(outcome["ok"] for outcome in sam.push())
    expected = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    assert listener.rest() == {"live": expected, "page": expected}


def burst(number: int) -> str:
    """Return a longest message whose characters have 1 to 4 bytes, cut at another place for every number."""
    letter = SCRIPTS[number % len(SCRIPTS)]
    return (f"{number}:" + "x" * (number % 4) + letter * LONGEST)[:LONGEST]


def ids(page: dict[str, Any]) -> list[str]:
    return sorted(change["id"] for change in page["changes"] if change["kind"] in {"message", "note"})


def test_an_app_that_connects_twice_is_connected_once(node, ann):
    """What an app does that calls `connect()` when the network comes back, while Socket.IO reconnects by itself."""
    assert node("twice.mjs", ann).rest() == {"connected": 1, "answered": True, "closed": 0, "errors": []}
