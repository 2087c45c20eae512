"""Our path: the milestones that both pinned, and a letter to say goodbye with."""

from marshmallow import fields, validate

from schemas.base import Id, SpaceName, Strict, Text
from schemas.content import content
from schemas.table import Column, RowCommand, table

PINNED = ("message", "question", "disclosure", "step", "strength", "promise")


class PinMilestone(Strict):
    """Pin something that we share. It becomes a milestone once the other pins it, too; until then only I know."""

    space = SpaceName(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(PINNED))
    of = Id(required=True, metadata={"description": "The id of the record."})


class UnpinMilestone(PinMilestone):
    """Take my pin back. A milestone is one only as long as both of us keep it pinned."""


class WriteLetter(Strict):
    """Write a letter to say goodbye with, or improve it. It can be read for ever, unless its author takes it back."""

    space = SpaceName(required=True)
    text = Text(10_000, required=True)


class WithdrawLetter(Strict):
    """Take back my letter, also after the pairing has ended. Its text is erased at once."""

    space = SpaceName(required=True)


table("pin", {"where": Column("string"), "kind": Column("string"), "of": Column("string")})
table("milestone", {"kind": Column("string"), "of": Column("string"), "pinned_at": Column("number")}, shared=True)
table(
    "letter",
    {"text": Column("string")},
    shared=True,
    updates=(RowCommand("letter.write", {"space": "space", "text": "text"}),),
    delete=RowCommand("letter.withdraw", {"space": "space"}),
)
content("letter", "text")
