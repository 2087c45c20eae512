"""Sanctions: the decisions of moderators about a peer or a specialist, and the appeals against them."""

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.account import Handle
from schemas.base import Id, Moment, SpaceName, Strict, Text
from schemas.content import content
from schemas.table import Column, RowCommand, table

ACTIONS = ("warned", "suspended", "removed")
MOST_WORDS = 2000  # characters
_UNTIL = {"description": "Until when somebody is suspended; only with `suspended`."}
_WORDS = {"description": "What the person reads: what they did, and what follows. Name nobody who reported it."}


def require_until(action: object, until: object) -> None:
    """Raise ValidationError unless a time is given for `suspended`, and for nothing else."""
    if (action == "suspended") != (until is not None):
        raise ValidationError("Send the time until which somebody is suspended, and only then.", "until")


class ImposeSanction(Strict):
    """Warn, suspend or remove a peer or a specialist (operators only)."""

    handle = Handle()
    action = fields.String(required=True, validate=validate.OneOf(ACTIONS))
    until = Moment(metadata=_UNTIL)
    words = Text(MOST_WORDS, required=True, metadata=_WORDS)

    @validates_schema
    def _timed(self, data: dict[str, object], **_: object) -> None:
        require_until(data.get("action"), data.get("until"))


class AppealSanction(Strict):
    """Ask for another moderator to look at a sanction of mine. This is possible once."""

    id = Id(required=True)
    words = Text(MOST_WORDS, required=True)


class DecideSanction(Strict):
    """Answer an appeal (operators only, but not the one who imposed the sanction)."""

    handle = Handle()
    id = Id(required=True, metadata={"description": "Of the sanction, as the list of appeals has it."})
    outcome = fields.String(required=True, validate=validate.OneOf(["upheld", "lifted"]))
    words = Text(MOST_WORDS, required=True, metadata={"description": "What the person reads."})


class LiftSanction(Strict):
    """Take a sanction back before it ends (operators only). Pairings that it ended stay ended."""

    handle = Handle()
    id = Id(required=True)
    words = Text(MOST_WORDS, required=True, metadata={"description": "What the person reads."})


class SettleSanction(Strict):
    """Note that a sanction was carried out on the account, or that its time is over."""

    space = SpaceName(required=True)
    id = Id(required=True)


table(
    "sanction",
    {
        "action": Column("string"),
        "state": Column("string"),
        "words": Column("string"),
        "at": Column("number"),
        "until": Column("number", optional=True),
        "appeal": Column("string", optional=True),
        "appeal_words": Column("string", optional=True),
        "answer": Column("string", optional=True),
    },
    updates=(RowCommand("sanction.appeal", {"id": "id", "words": "appeal_words"}),),
)
content("sanction", "words", "appeal_words", "answer")
