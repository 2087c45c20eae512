"""Sessions: conversations whose end is set at the start, and is always announced before it comes."""

from marshmallow import fields, validate

from schemas.base import Id, Moment, SpaceName, Strict, require_visible
from schemas.content import WHOLE, content
from schemas.table import Column, RowCommand, table


class OpenSession(Strict):
    """Begin to talk, and say until when."""

    space = SpaceName(required=True)
    until = Moment(required=True, metadata={"description": "When it ends; in at most a day."})
    idle_minutes = fields.Integer(
        load_default=30,
        strict=True,
        validate=validate.Range(10, 24 * 60),
        metadata={"description": "How long nobody writes before the end is announced. Said at the start."},
    )


class ExtendSession(Strict):
    """Talk for longer. Either side may say so, also after the end was announced."""

    space = SpaceName(required=True)
    until = Moment(required=True)


class CloseSession(Strict):
    """Say the closing words. The first of us to say them announces the end; the other's closing words end it."""

    space = SpaceName(required=True)
    words = fields.String(validate=[validate.Length(1, 1000), require_visible])


class TurnSession(Strict):
    """Announce the end of a conversation, or end one that was announced."""

    space = SpaceName(required=True)
    id = Id(required=True)
    active_at = Moment(required=True, metadata={"description": "When somebody last wrote."})


table(
    "session",
    {
        "state": Column("string"),
        "until": Column("number"),
        "opened_at": Column("number"),
        "idle_minutes": Column("number"),
        "words": Column("json"),
    },
    shared=True,
    updates=(
        RowCommand("session.close", {"space": "space"}, on={"state": "closed"}),
        RowCommand(
            "session.open",
            {"space": "space", "idle_minutes": "idle_minutes"},
            on={"state": "open"},
            also={"until": "until"},
        ),
        RowCommand("session.extend", {"space": "space", "until": "until"}),
    ),
)
content("session", by_member={"words": WHOLE})
