"""The cases of the Autobahn test suite that a server of Socket.IO can meet, frame by frame."""

import itertools
import json
import struct

import pytest
from websockets.frames import Frame, Opcode

PULL = '["pull",{}]'
TEXT, BINARY, CONT, CLOSE, PING, PONG = Opcode.TEXT, Opcode.BINARY, Opcode.CONT, Opcode.CLOSE, Opcode.PING, Opcode.PONG


def pieces(data, *cuts):
    """Return a text in frames, cut at these places."""
    bounds = [0, *cuts, len(data)]
    parts = [data[start:end] for start, end in itertools.pairwise(bounds)]
    return [(CONT if n else TEXT, part, n == len(parts) - 1) for n, part in enumerate(parts)]


def close(code, reason=b""):
    return (CLOSE, struct.pack("!H", code) + reason, True)


WHOLE = b"427" + PULL.encode()
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

BAD = {
    "a continuation of nothing": ([(CONT, b"x", True)], 1002),
    "a continuation after a whole message": ([(TEXT, WHOLE, True), (CONT, b"x", True)], 1002),
    "a message within another": ([(TEXT, b"x", False), (BINARY, b"x", True)], 1002),
    "not UTF-8 in the first of two pieces": ([(TEXT, b"\xff", False), (CONT, b"x", True)], 1007),
    "a surrogate": ([(TEXT, b"\xed\xa0\x80", True)], 1007),
    "an overlong character": ([(TEXT, b"\xc0\xaf", True)], 1007),
    "past the last character": ([(TEXT, b"\xf4\x90\x80\x80", True)], 1007),
    "cut off within a character": ([(TEXT, b"\xce\xba\xe1\xbd", True)], 1007),
    "a close of one byte": ([(CLOSE, b"\x03", True)], 1002),
    "a close whose reason is not UTF-8": ([close(1000, b"\xff")], 1007),
    **{f"a close with code {code}": ([close(code)], 1002) for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999)},
}
GOODBYES = {
    "without a code": ((CLOSE, b"", True), 1005),
    **{f"with code {code}": (close(code), code) for code in (1000, 1001, 1003, 1007, 1011, 3000, 4999)},
    "with the longest reason": (close(1000, b"x" * 123), 1000),
}


def sent(phone, frames):
    """Send frames in one write."""
    phone.socket.sendall(b"".join(Frame(opcode, data, fin).serialize(mask=True) for opcode, data, fin in frames))


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


@pytest.mark.parametrize("name", BAD)
def test_what_the_standard_forbids_ends_the_connection_with_its_code(raw, name):
    phone = raw()
    frames, code = BAD[name]
    sent(phone, frames)
    assert phone.close_code() == code


@pytest.mark.parametrize("first", [0x83, 0x87, 0x8B, 0x8F, 0xC1, 0xA1, 0x91, 0x08, 0x09, 0x0A])
def test_what_means_nothing_and_control_frames_in_pieces_are_refused(raw, first):
    phone = raw()
    phone.socket.sendall(bytes([first, 0x80]) + bytes(4))
    assert phone.close_code() == 1002


@pytest.mark.parametrize("name", GOODBYES)
def test_a_goodbye_is_answered_with_the_same(raw, name):
    phone = raw()
    frame, code = GOODBYES[name]
    sent(phone, [frame, (TEXT, WHOLE, True)])
    assert phone.close_code() in {code, None if code == 1005 else code}
    assert not any(text.startswith("437") for text in phone.texts), "nothing counts after a goodbye"
