"""Handovers: no peer is left alone when a specialist leaves; and the story card that a peer takes along."""

from marshmallow import fields, validate

from schemas.base import Id, Moment, SpaceName, Strict
from schemas.content import content
from schemas.table import Column, RowCommand, table


class AnnounceHandover(Strict):
    """Say that I cannot go on with a pairing after some day. The peer can say goodbye, and chooses who comes next."""

    pairing = Id(required=True)
    until = Moment(required=True, metadata={"description": "The last day of this pairing."})
    words = fields.String(load_default="", validate=validate.Length(max=1000))


class RefuseHandover(Strict):
    """Refuse a handover: I want no other specialist after this one."""

    pairing = Id(required=True)


class EditStory(Strict):
    """Write my story card, so that I need not tell everything again. It is shown where I share it, and nowhere else."""

    text = fields.String(required=True, validate=validate.Length(max=10_000), metadata={"merge": "latest"})


class ShareStory(Strict):
    """Share my story card in a pairing; what I write later is shared as well."""

    space = SpaceName(required=True)


class UnshareStory(Strict):
    """Take my story card back from a pairing."""

    space = SpaceName(required=True)


table(
    "handover",
    {
        "sort": Column("string"),
        "state": Column("string"),
        "until": Column("number", optional=True),
        "words": Column("string"),
        "stand_in": Column("string", optional=True),
    },
    shared=True,
    updates=(RowCommand("handover.refuse", {"pairing": "id"}, on={"state": "refused"}),),
)
table(
    "story", {"text": Column("string"), "shared": Column("list")}, updates=(RowCommand("story.edit", {"text": "text"}),)
)
table("story_card", {"text": Column("string")}, shared=True)
content("handover", "words", "stand_in")
content("story", "text")
content("story_card", "text")
