"""Our path: what both keep hold of, and a letter to say goodbye with."""

from marshmallow import fields, validate

from schemas.base import Id, SpaceName, Strict, Text
from schemas.table import Column, RowCommand, table

PINNED = ("message", "question", "disclosure", "step", "strength", "promise")


class PinMilestone(Strict):
    """Hold on to something that we share. It becomes a milestone once the other pins it, too; only I know till then."""

    space = SpaceName(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(PINNED))
    of = Id(required=True, metadata={"description": "The id of the record."})


class UnpinMilestone(PinMilestone):
    """Let go of it; a milestone is one only as long as both hold on to it."""


class WriteLetter(Strict):
    """Write a letter to say goodbye with, or write it better. It can be read for ever."""

    space = SpaceName(required=True)
    text = Text(10_000, required=True)


table("pin", {"where": Column("string"), "kind": Column("string"), "of": Column("string")})
table("milestone", {"kind": Column("string"), "of": Column("string"), "pinned_at": Column("number")}, shared=True)
table(
    "letter",
    {"text": Column("string")},
    shared=True,
    updates=(RowCommand("letter.write", {"space": "space", "text": "text"}),),
)
