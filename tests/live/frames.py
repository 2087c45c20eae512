"""Frames of a WebSocket as a client sends them, whole and in pieces."""

import itertools

from websockets.frames import Frame, Opcode

PULL = '["pull",{}]'

TEXT, CONT, PING, PONG = Opcode.TEXT, Opcode.CONT, Opcode.PING, Opcode.PONG


def pieces(data, *cuts):
    """Return a text in frames, cut at these places."""
    bounds = [0, *cuts, len(data)]
    parts = [data[start:end] for start, end in itertools.pairwise(bounds)]
    return [(CONT if n else TEXT, part, n == len(parts) - 1) for n, part in enumerate(parts)]


WHOLE = b"427" + PULL.encode()


def sent(phone, frames):
    """Send frames in one write."""
    phone.socket.sendall(b"".join(Frame(opcode, data, fin).serialize(mask=True) for opcode, data, fin in frames))
