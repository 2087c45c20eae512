"""The shapes that cross only a Socket.IO connection: the greeting, a newer token, and live frames."""

from marshmallow import fields

from schemas.base import Positions, Seq, Strict
from schemas.protocol import Change


class Frame(Strict):
    """One change, live. If `seq` is not the phone's position plus one, there is a gap and the phone pulls."""

    space = fields.String(required=True)
    seq = Seq(required=True)
    change = fields.Nested(Change, required=True)


class Greeting(Strict):
    """What a phone sends when it connects. With a cursor, the changes that it missed come as a `page` frame."""

    token = fields.String(
        load_default=None, allow_none=True, metadata={"description": "An access token; without one it is refused."}
    )
    cursor = fields.String(load_default=None, allow_none=True)
    seen = Positions(load_default=dict)


class Renewal(Strict):
    """A newer access token for a connection that stays open."""

    token = fields.String(required=True)


class Missed(Strict):
    """Live frames may have been lost on their way between servers: pull."""


class Restart(Strict):
    """The server is about to close the connection, because it restarts."""

    reconnect_in = fields.Integer(
        required=True, metadata={"description": "ms to wait before connecting again; another number for every phone."}
    )
