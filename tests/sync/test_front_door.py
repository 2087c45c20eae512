"""The events of the socket through Flask-SocketIO's own test client: the whole server, without a socket."""

import pytest
from flask import has_request_context

from server.accounts.tokens import Tokens
from server.realtime.events import PHONE_SENDS
from server.store.accounts import AccountStore
from sync.clock import HOUR
from tests.conftest import CONFIG

pytestmark = pytest.mark.in_memory


@pytest.fixture
def connect(world):
    """Return a function that connects a phone, by its token or by one that is given."""
    opened = []

    def make(phone, token=None):
        caller = phone.transport.caller
        if token is None:
            AccountStore(world.mongo).add_device(caller.device, caller.user, "phone", world.time)
            token, _ = Tokens(CONFIG.secret_keys).access(caller, world.time)
        app = world.parts.app
        opened.append(app.extensions["socketio"].test_client(app, auth={"token": token}))
        return opened[-1]

    yield make
    for client in opened:
        if client.is_connected():
            client.disconnect()


def asks(client, event, *body):
    """Send an event and return its acknowledgement."""
    return client.emit(event, *body, callback=True)


def frames(client, event="change"):
    return [one["args"][0] for one in client.get_received() if one["name"] == event]


def test_a_phone_with_a_token_is_let_in_and_no_other(connect, ann):
    assert connect(ann).is_connected()
    assert not connect(ann, token="forged").is_connected()


def test_what_a_phone_does_is_answered_and_shown_to_the_other_phones_of_its_user_alone(world, connect, ann, eve):
    phone, tablet, stranger = connect(ann), connect(world.phone(ann.transport.caller, "tablet")), connect(eve)
    assert asks(phone, "mutate", ann.does("note.put", id="n1", title="home"))["ok"]
    [frame] = frames(tablet)
    assert (frame["space"], frame["change"]["id"]) == (f"user:{ann.user}", "n1")
    assert frames(stranger) == []


def test_a_message_is_shown_to_the_other_of_a_pairing(connect, sam, ann, pair):
    there = connect(ann)
    sent = sam.does("message.send", space=pair, id="m1", text="hi", origin="person")
    assert asks(connect(sam), "mutate", sent)["ok"]
    assert [one["change"]["data"]["text"] for one in frames(there)] == ["hi"]


def test_every_event_that_is_described_is_served_and_no_other(connect, ann):
    phone = connect(ann)
    for event in PHONE_SENDS:
        assert asks(phone, event, {}).get("error", {}).get("code") != "unknown_command", event
    assert asks(phone, "mutates", {})["error"]["code"] == "unknown_command"


@pytest.mark.parametrize("bodies", [[], [{}, {}], ["text"], [None], [[1]]])
@pytest.mark.parametrize("event", sorted(PHONE_SENDS))
def test_whatever_comes_is_answered_and_the_phone_stays_connected(connect, ann, event, bodies):
    phone = connect(ann)
    answer = asks(phone, event, *bodies)
    assert answer["error"]["code"] == "bad_request", answer
    assert phone.is_connected()
    assert asks(phone, "pull", {})["more"] is False


def test_a_token_that_has_expired_is_told_so_and_a_newer_one_is_taken(world, connect, ann):
    phone = connect(ann)
    world.wait(HOUR)
    assert asks(phone, "pull", {})["error"]["code"] == "unauthenticated"
    newer, _ = Tokens(CONFIG.secret_keys).access(ann.transport.caller, world.time)
    assert "error" not in asks(phone, "renew", {"token": newer})
    assert asks(phone, "pull", {})["more"] is False


def test_a_phone_that_has_gone_is_not_counted_any_more(world, connect, ann):
    phone = connect(ann)
    assert len(world.parts.handlers.connections) == 1
    phone.disconnect()
    assert len(world.parts.handlers.connections) == 0


def test_no_flask_request_is_made_for_an_event(world, connect, ann):
    """A request for each event takes longer than half of what a message does: see ADR 27."""
    seen = []
    world.parts.app.extensions["socketio"].on_event("probe", lambda *_: seen.append(has_request_context()))
    connect(ann).emit("probe", {})
    assert seen == [False]
