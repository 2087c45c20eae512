"""The WebSocket: whole frames for slow readers, no memory for who sleeps, and who may connect."""

import json
import socket

import psutil
import pytest
from websockets.frames import Frame, Opcode
from websockets.sync.client import connect

from schemas.agreement import AGREED
from tests.waiting import PATIENCE


@pytest.fixture
def couple(online):
    sam, ann = online("specialist"), online()
    code = sam.do("pairing.invite")["changes"][0]["data"]["code"]
    return sam, ann, ann.do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]


@pytest.mark.parametrize("text", ["x" * 200, "🫂" * 10_000])
def test_a_slow_reader_gets_every_byte(couple, raw, text):
    """The reader's buffers fill up while nothing is read; every frame must still come whole, and in order."""
    _, ann, space = couple
    reader = raw(ann.tokens, buffer=4096)
    for number in range(200):
        ann.does("message.send", space=space, id=f"m{number}", text=f"{number} {text}"[:10_000], origin="person")
    while ann.outbox:
        assert all(outcome["ok"] for outcome in ann.push())
    for number in range(200):
        frame = json.loads(reader.until(lambda packet: packet.startswith('42["change"'))[2:])[1]
        assert frame["change"]["id"] == f"m{number}"
        assert frame["change"]["data"]["text"] == f"{number} {text}"[:10_000]


def test_a_large_answer_comes_whole(couple, raw):
    _, ann, space = couple
    for number in range(100):
        ann.does("message.send", space=space, id=f"m{number}", text="ß" * 10_000, origin="person")
    while ann.outbox:
        ann.push()
    reader = raw(ann.tokens, buffer=4096)
    reader.send('427["pull",{"spaces":["' + space + '"]}]')
    answer = reader.answer(7)
    texts = [change["data"]["text"] for change in answer["changes"] if change["kind"] == "message"]
    assert texts == ["ß" * 10_000] * 50


def test_a_phone_that_does_not_read_is_dropped_and_costs_no_memory(server, couple, raw, connect):
    _, ann, _ = couple
    sleeper, awake = raw(ann.tokens, buffer=4096), connect(ann.tokens, ann)
    worker = psutil.Process(server.process.pid).children()[0]
    before = worker.memory_info().rss
    for _ in range(6):
        for _ in range(250):
            ann.does("note.put", id="n1", body="x" * 8000)
        while ann.outbox:
            ann.push()
    awake.wait(lambda: ann.replica[f"user:{ann.user}", "note", "n1"]["seq"] >= 1500 - 1)
    assert worker.memory_info().rss - before < 60 * 2**20
    assert sleeper.was_cut_off(), "without a goodbye, which it would not have read"
    assert sum("change" in text for text in sleeper.texts) < 1500


def test_messages_that_arrive_together_are_all_answered(raw):
    ann = raw()
    frames = [Frame(Opcode.TEXT, f'42{number}["pull",{{}}]'.encode()).serialize(mask=True) for number in range(1, 21)]
    ann.socket.sendall(b"".join(frames))
    for number in range(1, 21):
        assert "changes" in ann.answer(number)


def test_a_character_cut_in_two_by_the_pieces_is_one_character(raw):
    ann = raw()
    whole = '427["pull",{"cursor":"é"}]'.encode()
    cut = whole.index("é".encode()) + 1
    ann.frame(Opcode.TEXT, whole[:cut], fin=False)
    ann.frame(Opcode.CONT, whole[cut:])
    assert ann.answer(7)["error"]["details"]["field"] == "cursor"


def test_only_version_13_is_spoken(server):
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as plain:
        plain.sendall(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: x\r\n\r\n"
        )
        assert plain.recv(4096).startswith(b"HTTP/1.1 426 ")


def test_long_polling_is_not_offered(online):
    assert online().transport.client.get("/../../socket.io/?EIO=4&transport=polling").status_code == 400


def test_a_web_page_of_somebody_else_is_refused_before_its_token_is_looked_at(server):
    address = server.address.replace("http", "ws")
    where = f"{address}/socket.io/?EIO=4&transport=websocket"
    with connect(where, origin="http://evil", open_timeout=PATIENCE, close_timeout=PATIENCE) as page:
        assert page.recv().startswith("0{")
        page.send('40{"token":"none"}')
        refused = json.loads(page.recv().removeprefix("44"))
    assert (refused["data"]["code"], refused["data"]["details"]["origin"]) == ("forbidden", "http://evil")
    assert "ALLOWED_ORIGINS" in refused["message"]
