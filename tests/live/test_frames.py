"""The cases of the Autobahn test suite that a server of Socket.IO can meet: what is allowed, however it comes."""

import json

import pytest
from websockets.frames import Frame

from tests.live.frames import PING, PONG, TEXT, WHOLE, pieces, sent

GOOD = {
    "in one frame": [(TEXT, WHOLE, True)],
    "in two": pieces(WHOLE, 4),
    "byte by byte": pieces(WHOLE, *range(1, len(WHOLE))),
    "with empty pieces": pieces(WHOLE, 0, 5, 5, len(WHOLE)),
    "with a ping between": [pieces(WHOLE, 4)[0], (PING, b"", True), pieces(WHOLE, 4)[1]],
    "with pings and pongs between": [
        pieces(WHOLE, 4)[0], *[(PING, b"p", True), (PONG, b"q", True)] * 10, pieces(WHOLE, 4)[1],
    ],
    "after pongs that nobody asked for": [(PONG, b"", True), (PONG, b"x" * 125, True), (TEXT, WHOLE, True)],
    "after a ping of the largest size": [(PING, b"x" * 125, True), (TEXT, WHOLE, True)],
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_a_message_is_answered_however_it_comes(raw, name):
    phone = raw()
    sent(phone, GOOD[name])
    assert "changes" in phone.answer(7)


def test_a_message_is_answered_though_its_bytes_come_one_by_one(raw):
    phone = raw()
    for byte in Frame(TEXT, WHOLE).serialize(mask=True):
        phone.socket.sendall(bytes([byte]))
    assert "changes" in phone.answer(7)


@pytest.mark.parametrize("size", [0, 1, 125])
def test_a_ping_is_answered_with_what_it_said(raw, size):
    phone = raw()
    heard = []
    phone._joined = lambda event: heard.append(event) or []
    phone.frame(PING, b"p" * size)
    while not any(isinstance(event, Frame) and event.opcode is PONG for event in heard):
        assert phone.read()
    assert [event.data for event in heard if event.opcode is PONG] == [b"p" * size]


@pytest.mark.parametrize("length", [125, 126, 127, 128, 65_535, 65_536])
def test_a_message_of_every_size_of_header_is_answered(raw, length):
    phone = raw()
    bare = '427["pull",{"cursor":""}]'
    phone.frame(TEXT, bare.replace('""', json.dumps("x" * (length - len(bare)))).encode())
    assert phone.answer(7)["error"]["code"] in {"bad_request", "too_large"}


@pytest.mark.parametrize("mask", [bytes(4), b"\xff\xff\xff\xff", b"\x01\x02\x03\x04"])
def test_every_mask_is_taken_off(raw, mask):
    phone = raw()
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(WHOLE))
    phone.socket.sendall(bytes([0x81, 0x80 | len(WHOLE)]) + mask + masked)
    assert "changes" in phone.answer(7)
