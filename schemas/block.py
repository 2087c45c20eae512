"""Blocks and reports. One command can block a person and report what they did."""

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.base import Few, Id, Moment, SpaceName, Strict, Text
from schemas.content import content
from schemas.sanction import ACTIONS, MOST_WORDS, require_until
from schemas.table import Column, RowCommand, table

GROUNDS = ("harassment", "sexual", "hate", "money", "contact_outside", "pressure", "danger", "other")
MOST_MESSAGES = 50  # messages of a report


class Said(Strict):
    """The content of a report."""

    ground = fields.String(required=True, validate=validate.OneOf(GROUNDS))
    words = fields.String(load_default="", validate=validate.Length(max=2000))
    messages = Few(
        Id(), MOST_MESSAGES, load_default=list, metadata={"description": "The messages that a moderator may read."}
    )
    consent = fields.Boolean(
        load_default=False, metadata={"description": "That a moderator may read these messages, and no others."}
    )


class FileReport(Said):
    """Report what happened in a pairing. Moderators see what is selected here, and nothing else."""

    space = SpaceName(required=True)
    id = Id(required=True)


class InlineReport(Said):
    """A report that comes with a block."""

    id = Id(required=True)


class SetBlock(Strict):
    """Block the other in a pairing. The pairing ends, and nothing from them reaches me. They are not told why."""

    space = SpaceName(required=True)
    report = fields.Nested(InlineReport)


class LiftBlock(Strict):
    """Let me read again what we wrote. The pairing stays ended, and the two of us are not paired again."""

    space = SpaceName(required=True)


class TakeReport(Strict):
    """Look into a report (operators only)."""

    id = Id(required=True, metadata={"description": "As the queue has it."})


class CloseReport(Strict):
    """Decide a report (operators only), and carry it out. The person who reported is told only if action was taken.

    `warned`, `suspended` and `removed` are sanctions: the person reported reads `words`, and can appeal.
    """

    id = Id(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(["no_action", "spoken_to", *ACTIONS]))
    until = Moment(metadata={"description": "Until when the person is suspended; only with `suspended`."})
    words = Text(
        MOST_WORDS, metadata={"description": "What the person reported reads: what they did. Name nobody who reported."}
    )
    note = fields.String(load_default="", validate=validate.Length(max=2000))

    @validates_schema
    def _said(self, data: dict[str, object], **_: object) -> None:
        require_until(data.get("outcome"), data.get("until"))
        if (data.get("outcome") in ACTIONS) != ("words" in data):
            raise ValidationError("Send what the person reported reads, with a sanction and only then.", "words")


table(
    "block",
    {"where": Column("string", indexed=True), "at": Column("number"), "lifted": Column("boolean")},
    create=RowCommand("block.set", {"space": "where"}),
    updates=(
        RowCommand("block.lift", {}, on={"lifted": True}, also={"space": "where"}),
        RowCommand("block.set", {}, on={"lifted": False}, also={"space": "where"}),
    ),
)
table(
    "report",
    {
        "where": Column("string"),
        "ground": Column("string"),
        "words": Column("string"),
        "messages": Column("list"),
        "consent": Column("boolean"),
        "state": Column("string"),
        "outcome": Column("string", optional=True),
        "filed_at": Column("number"),
    },
)
content("report", "words", "ground")
content("case", "words", "ground", "trail", apart=("messages",))
