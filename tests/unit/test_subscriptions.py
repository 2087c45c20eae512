"""A phone whose subscription cannot begin now is disconnected: it subscribes again when it reconnects."""

from types import SimpleNamespace

import pytest
from pymongo.errors import AutoReconnect

from schemas.errors import NotFound, TryLater
from server.commands.context import Caller
from server.realtime.subscriptions import AGAIN, Subscriptions


@pytest.fixture
def subscriptions():
    """Return subscriptions, the sids that they have disconnected, and a list for the error of the next stream."""
    gone, errors = [], []

    def stream(*_):
        raise errors.pop()

    broadcast = SimpleNamespace(stream=stream)
    return Subscriptions(SimpleNamespace(disconnect=gone.append), broadcast), gone, errors


@pytest.mark.parametrize(
    "error", [TryLater("The server is busy; repeat this later."), AutoReconnect("gone")], ids=["busy", "database"]
)
def test_it_is_disconnected(subscriptions, error):
    some, gone, errors = subscriptions
    errors.append(error)
    with pytest.raises(type(error)):
        some.subscribe("sid", lambda: Caller("ann", "phone", "peer"), {"collection": "message"})
    assert gone == ["sid"]


def test_a_mistake_of_its_own_is_no_reason(subscriptions):
    some, gone, _ = subscriptions
    with pytest.raises(NotFound):
        some.subscribe("sid", lambda: Caller("ann", "phone", "peer"), {"collection": "nothing_like_it"})
    assert gone == []


class Ended:
    """A stream that can be ended from outside, as one is of which there are too many."""

    def __init__(self):
        self.pages, self.close = (lambda _: iter(())), (lambda: None)


def test_a_collection_that_is_subscribed_to_again_has_one_stream_at_a_time():
    """The old stream ends before the new one begins, which may end the oldest: it would be taken for one too many."""
    happened = []

    def stream(*_):
        happened.append("begin")
        return SimpleNamespace(close=lambda: happened.append("end"))

    server = SimpleNamespace(start_background_task=lambda *_: None)
    some = Subscriptions(server, SimpleNamespace(stream=stream))
    for _ in range(2):
        some.subscribe("sid", lambda: Caller("ann", "phone", "peer"), {"collection": "message"})
    assert happened == ["begin", "end", "begin"]


def test_it_is_disconnected_when_its_stream_is_ended_because_there_are_too_many():
    """It would stay connected otherwise, and be shown nothing any more."""
    gone, sending, waited = [], [], []
    server = SimpleNamespace(
        disconnect=gone.append,
        emit=lambda *_, **__: None,
        sleep=waited.append,
        start_background_task=lambda send, *given: sending.append(lambda: send(*given)),
    )
    some = Subscriptions(server, SimpleNamespace(stream=lambda *_: Ended()))
    for _ in range(2):
        some.subscribe("sid", lambda: Caller("ann", "phone", "peer"), {"collection": "message"})
    first, second = sending
    first()
    assert gone == [], "another subscription has taken its place"
    second()
    assert gone == ["sid"]
    assert waited == [AGAIN], "phones that end each other's streams must not do so all the time"
    some.subscribe("sid", lambda: Caller("ann", "phone", "peer"), {"collection": "message"})
    some.end("sid")
    sending[-1]()
    assert gone == ["sid"], "it has disconnected itself"
