"""Connected phones: shown what is new at once, caught up when they come back, and never cut off for what they send."""

import json
import time

import pytest
import socketio
import uuid_utils

from schemas.agreement import AGREED
from server.accounts.tokens import Tokens
from server.commands.context import Caller
from server.realtime.packets import LARGEST_EVENT
from tests.conftest import CONFIG
from tests.phone import Phone
from tests.transports import Failed, Socket
from tests.waiting import PATIENCE

BRIEF = 5  # seconds until a token expires: enough to connect with it


@pytest.fixture
def couple(online):
    """Return a specialist, a peer, and their space."""
    sam, ann = online("specialist"), online()
    code = sam.do("pairing.invite")["changes"][0]["data"]["code"]
    space = ann.do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]
    sam.sync(), ann.sync()
    return sam, ann, space


def token(user, *, seconds):
    """Return an access token that expires some seconds from now."""
    now = int(time.time() * 1000)
    caller = Caller(user["user"], user["device"], user["role"])
    return {**user, "access_token": Tokens(CONFIG.secret_keys).access(caller, now - 600_000 + seconds * 1000)[0]}


def test_a_message_is_shown_at_once_to_both_sides_and_to_nobody_else(online, connect, couple):
    sam, ann, space = couple
    eve = online()
    sams, anns, eves = (connect(phone.tokens, phone) for phone in (sam, ann, eve))
    assert ann.do("message.send", space=space, id="m1", text="hello", origin="person")["ok"]
    sams.wait(lambda: sam.texts(space) == ["hello"])
    anns.wait(lambda: anns.frames)
    eve.do("note.put", id="n1", title="a frame of her own comes after")
    eves.wait(lambda: eves.frames)
    assert [frame["change"]["kind"] for frame in eves.frames] == ["note"]
    assert not sam.stale


@pytest.mark.parametrize("verb", ["mutate", "push", "sync"])
def test_every_verb_is_answered_in_the_acknowledgement(connect, couple, verb):
    sam, ann, space = couple
    live = connect(ann.tokens)
    mutation = ann.does("message.send", space=space, id="m1", text="hello", origin="person")
    answer = live.call(verb, mutation if verb == "mutate" else {"mutations": [mutation]})
    outcome = answer if verb == "mutate" else answer["outcomes"][0]
    assert outcome["ok"]
    assert abs(answer["server_time"] - time.time() * 1000) < 60_000
    page = connect(sam.tokens).call("pull", {"cursor": sam.cursor})
    assert [change["data"]["text"] for change in page["changes"]] == ["hello"]


def test_socket_and_http_are_one_path(connect, couple):
    _, ann, space = couple
    mutation = ann.does("message.send", space=space, id="m1", text="once", origin="person")
    first = connect(ann.tokens).call("mutate", mutation)
    second = ann.transport.call("mutate", mutation)
    assert {**first, "server_time": 0} == {**second, "server_time": 0}


def test_a_phone_that_comes_back_is_caught_up_from_its_cursor(connect, couple):
    sam, ann, space = couple
    ann.do("message.send", space=space, id="m1", text="while you were away", origin="person")
    live = connect(sam.tokens, sam)
    live.wait(lambda: sam.texts(space) == ["while you were away"])
    ann.do("message.send", space=space, id="m2", text="and now", origin="person")
    live.wait(lambda: len(sam.texts(space)) == 2)
    assert not sam.stale


def test_a_new_space_is_live_as_soon_as_it_is_joined(online, connect):
    sam, ann = online("specialist"), online()
    sam.sync(), ann.sync()
    sams, anns = connect(sam.tokens, sam), connect(ann.tokens, ann)
    code = sam.do("pairing.invite")["changes"][0]["data"]["code"]
    space = ann.do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]
    anns.wait(lambda: space in ann.spaces())
    ann.pull()
    sams.wait(lambda: space in sam.spaces())
    sam.pull()
    sam.do("message.send", space=space, id="m1", text="welcome", origin="person")
    anns.wait(lambda: ann.texts(space) == ["welcome"])


@pytest.mark.parametrize(
    "auth", [None, {}, {"token": "x"}, {"token": 7}, {"token": "x", "extra": 1}, "x", {"cursor": ""}]
)
def test_who_is_not_known_is_not_let_in_and_told_why(server, auth):
    client, told = socketio.Client(reconnection=False), []
    client.on("connect_error", told.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(server.address, auth=auth, transports=["websocket"], wait_timeout=PATIENCE)
    assert told[0]["data"]["code"] in {"unauthenticated", "bad_request"}
    assert told[0]["data"]["details"]["field"] in {"token", "extra", ""}
    client.eio.ws.shutdown()


def test_a_bad_cursor_keeps_nobody_out(server, couple):
    _, ann, _ = couple
    phone = Phone(None)
    phone.cursor = "nonsense"
    live = Socket(server.address, ann.tokens["access_token"], phone)
    assert live.call("pull", {})["changes"]
    live.close()


def test_a_connection_ends_when_its_token_does(online, connect):
    ann = online()
    live = connect(token(ann.tokens, seconds=BRIEF))
    assert live.call("pull", {})
    assert live.closed.wait(PATIENCE)


def test_a_connection_lives_on_with_a_newer_token(online, connect):
    ann, bob = online(), online()
    live = connect(token(ann.tokens, seconds=BRIEF))
    assert live.call("renew", {"token": ann.tokens["access_token"]})
    other = connect(token(bob.tokens, seconds=BRIEF))
    assert other.closed.wait(PATIENCE), "somebody whose token expires a little later is hung up on"
    assert live.call("pull", {})
    assert not live.closed.is_set()


def test_a_connection_does_not_change_hands(online, connect):
    ann, eve = online(), online()
    live = connect(ann.tokens)
    with pytest.raises(Failed, match="another device"):
        live.call("renew", {"token": eve.tokens["access_token"]})
    with pytest.raises(Failed):
        live.call("renew", {"token": "x"})


def test_a_device_that_is_signed_out_is_disconnected_at_once(server, online, connect):
    ann = online()
    live = connect(ann.tokens)
    ann.transport.send("POST", "logout")
    assert live.closed.wait(PATIENCE)
    assert ann.transport.client.get("devices").status_code == 401


BODIES = [None, 7, "x", [], [1], {}, {"$ne": 1}, {"id": {"$ne": 1}}, {"mutations": 7}, {"cursor": "x"}]


@pytest.mark.parametrize("verb", ["mutate", "push", "pull", "sync", "renew", "nothing", "connect", "disconnect", "*"])
def test_whatever_is_sent_is_answered_with_a_code(online, connect, verb):
    live = connect(online().tokens)
    for body in BODIES:
        try:
            answer = live.call(verb, body)
        except Failed as refused:
            answer = {"error": refused.error}
        if not (verb == "pull" and body == {}):
            assert answer["error"]["code"] in {"bad_request", "unknown_command", "unauthenticated"}, body
        assert "changes" in live.call("pull", {}), body


@pytest.mark.parametrize(
    ("packet", "code"),
    [
        ('["mutate",' + "[" * 8000 + "]" * 8000 + "]", "bad_request"),
        ('["mutate",{"at":NaN}]', "bad_request"),
        ('["mutate",', "bad_request"),
        ('{"mutate":1}', "bad_request"),
        ("[]", "bad_request"),
        ("[7]", "bad_request"),
        ('["mutate"]', "bad_request"),
        ('["mutate",{},{}]', "bad_request"),
        ('["mutate",{"x":"\\ud800"}]', "bad_request"),
        ('["mutate",{"x":"' + "x" * LARGEST_EVENT + '"}]', "too_large"),
    ],
)
def test_what_cannot_even_be_read_is_answered_and_the_connection_lives(raw, packet, code):
    ann = raw()
    ann.send(f"427{packet}")
    answer = ann.answer(7)
    assert answer["error"]["code"] == code
    ann.send('428["pull",{}]')
    assert "changes" in ann.answer(8)


def test_ten_thousand_emoji_are_ten_thousand_characters_also_as_pairs_of_escapes(raw):
    ann = raw()
    for number, more in ((7, ""), (8, "!")):
        args = {"id": f"n{number}", "title": "", "body": "\U0001f642" * 10_000 + more}
        mutation = {
            "id": str(uuid_utils.uuid7()),
            "name": "note.put",
            "args": args,
            "at": f"{int(time.time() * 1000)}-0",
        }
        event = json.dumps(["mutate", mutation])
        assert len(event) > 120_000
        ann.send(f"42{number}{event}")
    assert ann.answer(7)["changes"][0]["data"]["body"] == "\U0001f642" * 10_000
    assert ann.answer(8)["error"]["details"]["field"] == "args.body"


def test_attachments_are_refused_and_the_connection_lives(raw):
    ann = raw()
    ann.send('451-7["mutate",{"_placeholder":true,"num":0}]')
    assert ann.answer(7)["error"]["code"] == "bad_request"
    ann.send('428["pull",{}]')
    assert "changes" in ann.answer(8)
