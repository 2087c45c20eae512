"""The cases of the Autobahn test suite that a server of Socket.IO can meet: what is refused, limits, and goodbyes."""

import struct
from contextlib import suppress

import pytest
from websockets.frames import Opcode

from server.realtime.transport.frames import LARGEST_MESSAGE
from tests.live.frames import WHOLE, pieces, sent

TEXT, BINARY, CONT, CLOSE = Opcode.TEXT, Opcode.BINARY, Opcode.CONT, Opcode.CLOSE


def close(code, reason=b""):
    return (CLOSE, struct.pack("!H", code) + reason, True)


BAD = {
    "a continuation of nothing": ([(CONT, b"x", True)], 1002),
    "a continuation after a whole message": ([(TEXT, WHOLE, True), (CONT, b"x", True)], 1002),
    "a message within another": ([(TEXT, b"x", False), (TEXT, b"x", True)], 1002),
    "bytes within a text": ([(TEXT, b"x", False), (BINARY, b"x", True)], 1002),
    "not UTF-8": ([(TEXT, b"\xff\xfe", True)], 1007),
    "not UTF-8 in the first of two pieces": ([(TEXT, b"\xff", False), (CONT, b"x", True)], 1007),
    "not UTF-8 where two pieces meet": ([(TEXT, b"\xce", False), (CONT, b"x", True)], 1007),
    "cut off within a character in the last piece": ([(TEXT, b"x", False), (CONT, b"\xe1\xbd", True)], 1007),
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


@pytest.mark.parametrize("name", BAD)
def test_what_the_standard_forbids_ends_the_connection_with_its_code(raw, name):
    phone = raw()
    frames, code = BAD[name]
    sent(phone, frames)
    assert phone.close_code() == code


UNKNOWN, RESERVED, CUT = (*range(0x83, 0x88), *range(0x8B, 0x90)), (0xC1, 0xA1, 0x91), (0x08, 0x09, 0x0A)


@pytest.mark.parametrize("first", [*UNKNOWN, *RESERVED, *CUT])
def test_what_means_nothing_and_control_frames_in_pieces_are_refused(raw, first):
    phone = raw()
    phone.socket.sendall(bytes([first, 0x80]) + bytes(4))
    assert phone.close_code() == 1002


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"\x81\x02hi", 1002),  # without a mask
        (b"\x89\xfe\x00\x7e" + bytes(4 + 126), 1002),  # a ping of 126 bytes
        (b"\x81\xff" + (LARGEST_MESSAGE + 1).to_bytes(8), 1009),
        (b"\x82\xff" + (2**40).to_bytes(8), 1009),
        (b"\x81\xff" + (2**64 - 1).to_bytes(8), 1009),
    ],
)
def test_a_frame_is_refused_by_its_header_before_the_rest_is_sent(raw, head, code):
    phone = raw()
    phone.socket.sendall(head)
    assert phone.close_code() == code


@pytest.mark.parametrize("cuts", [(), (LARGEST_MESSAGE // 2,)])
def test_a_message_as_long_as_may_be_is_answered_and_one_byte_more_is_not(raw, cuts):
    phone, bare = raw(), b'427["push",{}]'
    whole = bare.replace(b"{}", b'"' + b"x" * (LARGEST_MESSAGE - len(bare)) + b'"')
    sent(phone, pieces(whole, *cuts))
    assert phone.answer(7)["error"]["code"] == "bad_request"
    with suppress(OSError):  # it is closed before we are through, which is the point of a limit
        sent(phone, pieces(whole + b" ", *cuts))
    assert phone.close_code() == 1009


@pytest.mark.parametrize("name", GOODBYES)
def test_a_goodbye_is_answered_with_the_same(raw, name):
    phone = raw()
    frame, code = GOODBYES[name]
    sent(phone, [frame, (TEXT, WHOLE, True)])
    assert phone.close_code() == code
    assert not any(text.startswith("437") for text in phone.texts), "nothing counts after a goodbye"
