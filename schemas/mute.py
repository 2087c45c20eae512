"""Muting one conversation: it does not ring on any phone of mine. New messages still count on the icon."""

from marshmallow import fields, validate

from schemas.base import LAST_MS, SpaceName, Strict
from schemas.table import Column, RowCommand, table

NOT_MUTED = 0  # the value of ``until`` once I have unmuted the conversation


class SetMute(Strict):
    """Let nothing of one conversation ring on my phones: until a time, or until I unmute it. The other is not told."""

    space = SpaceName(required=True)
    until = fields.Integer(
        strict=True,
        validate=validate.Range(0, LAST_MS),
        load_default=None,
        allow_none=True,
        metadata={
            "merge": "latest",
            "description": "Until when nothing rings, in ms since the epoch; null, or left out: until I unmute it; "
            "0: not muted.",
        },
    )


class LiftMute(Strict):
    """Let this conversation ring again. What came while it was muted does not ring afterwards."""

    space = SpaceName(required=True)


table(
    "mute",
    {"where": Column("string", indexed=True), "until": Column("number", optional=True)},
    updates=(RowCommand("mute.set", {"until": "until"}, also={"space": "where"}),),
)
