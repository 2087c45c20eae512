"""SOS: people are called, one rung after the other. Nobody is promised help before a person has said that they come."""

from marshmallow import fields, validate

from schemas.account import Handle
from schemas.availability import SetAvailability
from schemas.base import Id, SpaceName, Strict, require_visible
from schemas.content import content
from schemas.table import Column, RowCommand, table

WORDS = 500  # characters


class RaiseSos(Strict):
    """Call for help now. An SOS goes before all else in the outbox. While one is open, another is the same SOS."""

    id = Id(required=True)
    words = fields.String(
        allow_none=True,
        metadata={"description": "Cut after 500 characters: no call for help is refused for its words."},
    )


class SaySos(Strict):
    """Say something to the people who have been called."""

    id = Id(required=True)
    words = fields.String(required=True, validate=[validate.Length(1, WORDS), require_visible])


class CloseSos(Strict):
    """Close my SOS: it is over for now."""

    id = Id(required=True)


class TurnSos(Strict):
    """Call the next rung of the ladder."""

    space = SpaceName(required=True)
    id = Id(required=True)


class SeeCall(Strict):
    """Say that I have seen a call for help. Others are still called."""

    id = Id(required=True)


class TakeCall(Strict):
    """Take a call: I am there for the person now. All others who were called are told so."""

    id = Id(required=True)


class SayCall(SaySos):
    """Say something to somebody whose call I took."""


class EditWatch(Strict):
    """Put somebody on call (operators only): a specialist, a supervisor or an operator, at these hours."""

    handle = Handle()
    hours = fields.Nested(SetAvailability, allow_none=True, required=True, metadata={"description": "null: no more."})


table(
    "sos",
    {
        "state": Column("string"),
        "raised_at": Column("number"),
        "words": Column("string", optional=True),
        "asked": Column("list"),
        "taken": Column("json"),
        "said": Column("list"),
    },
    create=RowCommand("sos.raise", {"id": "id", "words": "words"}),
    updates=(RowCommand("sos.close", {"id": "id"}, on={"state": "closed"}),),
    time="raised_at",
)
table(
    "call",
    {
        "state": Column("string"),
        "raised_at": Column("number"),
        "where": Column("string", optional=True),
        "words": Column("string", optional=True),
        "said": Column("list"),
    },
    updates=(
        RowCommand("call.see", {"id": "id"}, on={"state": "seen"}),
        RowCommand("call.take", {"id": "id"}, on={"state": "taken"}),
    ),
)
content("sos", "words", "said")
content("call", "words", "said")
