"""What the protocol suite of Socket.IO 5 asks for, over WebSocket.

Ours differs in three things. A phone needs a token; what cannot be read of an event is answered, and ends nothing; and
attachments are answered as what cannot be read.
"""

import json

import pytest

from tests.live.conftest import Raw

PULL = '["pull",{}]'
PARTS = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'


class Stranger(Raw):
    """A connection on which nobody has said yet who they are: it neither sends what Raw does, nor waits for it."""

    def send(self, text):
        if not text.startswith("40"):
            super().send(text)

    def until(self, enough):
        return "" if enough("40") else super().until(enough)

    def ask(self, packet, head):
        """Send a packet and return what comes in the answer that begins like this."""
        super().send(packet)
        return json.loads(super().until(lambda text: text.startswith(head))[len(head) :])


@pytest.fixture
def stranger(server):
    phone = Stranger(server.address, "")
    yield phone
    phone.socket.close()


def test_the_main_namespace_lets_in_whoever_has_a_token_and_says_one_thing(stranger, online):
    token = online().tokens["access_token"]
    answer = stranger.ask("40" + json.dumps({"token": token}), "40")
    assert [type(answer[key]) for key in answer] == [str]
    assert answer.keys() == {"sid"}


@pytest.mark.parametrize("payload", ["", "{}", "[]", "null", '"x"', '{"token":null}', '{"token":"x"}'])
def test_a_connect_without_a_token_is_refused_and_can_be_tried_again(stranger, online, payload):
    assert stranger.ask("40" + payload, "44")["data"]["code"] in {"unauthenticated", "bad_request"}
    token = online().tokens["access_token"]
    assert stranger.ask("40" + json.dumps({"token": token}), "40").keys() == {"sid"}


@pytest.mark.parametrize("packet", ["427" + PULL, "41", "43", "437[1]", "451-7[{}]", "4", "4abc", "44{}"])
def test_nothing_is_answered_before_a_connect(stranger, online, packet):
    Raw.send(stranger, packet)
    token = online().tokens["access_token"]
    assert stranger.ask("40" + json.dumps({"token": token}), "40")
    stranger.send("421" + PULL)
    assert "changes" in stranger.answer(1)
    assert not stranger.texts


@pytest.mark.parametrize("namespace", ["/random", "/random,", '/random,{"token":"abc"}', "/Ω,"])
def test_a_namespace_that_there_is_not_is_refused_and_the_connection_lives(raw, namespace):
    phone = raw()
    phone.send("40" + namespace)
    phone.until(lambda text: text.startswith(f"44{namespace.partition(',')[0]},"))
    phone.send("421" + PULL)
    assert "changes" in phone.answer(1)


def test_leaving_another_namespace_leaves_the_main_one_alone(raw):
    phone = raw()
    phone.send("41/random,")
    phone.send("421" + PULL)
    assert "changes" in phone.answer(1)


@pytest.mark.parametrize("number", ["0", "7", "123456789", "9" * 99])
def test_an_event_is_acknowledged_under_its_number(raw, number):
    phone = raw()
    phone.send(f"42{number}{PULL}")
    assert "changes" in phone.answer(number)


@pytest.mark.parametrize(
    "packet",
    [
        "42" + PULL,
        '42["nothing"]',
        "42{}",
        '42["pull"',
        "42/random," + PULL,
        "42/random,5" + PULL,
        "43",
        "439[1]",
        "47",
    ],
)
def test_what_has_no_number_of_ours_is_not_answered_and_ends_nothing(raw, packet):
    phone = raw()
    phone.texts.clear()
    phone.send(packet)
    phone.send("421" + PULL)
    while not phone.texts:
        assert phone.read()
    assert phone.texts[0].startswith("431["), "the first thing said is the answer to the next event"


@pytest.mark.parametrize(
    "packet", ["427{}", "427[]", "427[1]", f"427{PULL}x", f'452-7["pull",{PARTS}]', "427.5" + PULL]
)
def test_what_cannot_be_read_of_an_event_is_answered(raw, packet):
    phone = raw()
    phone.send(packet)
    assert phone.answer(7)["error"]["code"] == "bad_request"


@pytest.mark.parametrize("packet", [f"462-7[{PARTS}]", b"\x01\x02\x03", b""])
def test_attachments_of_nothing_end_nothing(raw, packet):
    phone = raw()
    if isinstance(packet, bytes):
        phone.protocol.send_binary(packet)
    else:
        phone.send(packet)
    phone.send("421" + PULL)
    assert "changes" in phone.answer(1)


@pytest.mark.parametrize("is_at_once", [True, False], ids=["while it connects", "later"])
def test_a_second_connect_is_not_answered_and_ends_nothing(raw, is_at_once):
    """An error would make socket.io-client close the connection, and believe that it is connected."""
    phone = raw(connects=False)
    connect = "40" + json.dumps({"token": phone.token})
    phone.send(connect)
    if is_at_once:
        phone.send(connect)
    phone.until(lambda text: text.startswith("40"))
    if not is_at_once:
        phone.send(connect)
    phone.send("40/," + connect[2:])  # the main namespace, by its name
    phone.send("421" + PULL)
    assert phone.until(lambda text: text[:2] in {"40", "43", "44"}).startswith("431[")


def test_after_leaving_the_main_namespace_nothing_is_answered(raw):
    phone = raw()
    phone.send("41")
    phone.send("421" + PULL)
    phone.send("1")
    assert phone.close_code() in {None, 1000}
    assert not any(text.startswith("431") for text in phone.texts)
