"""Messages: append-only; their order is `first_seq`; the author may edit or delete."""

from marshmallow import fields, validate

from schemas.base import Id, SpaceName, Strict, Text, Turn
from schemas.content import content
from schemas.table import Column, RowCommand, table

LONGEST_TEXT = 10_000  # characters
REVISIONS = 100  # texts of one message, all of which are kept for moderation
ORIGINS = ("person", "template", "system")
REVISED = 10 * LONGEST_TEXT  # characters of all these texts together: every edit stores them anew

_HARD = {"merge": "latest", "description": "It took courage to write this."}


class SendMessage(Strict):
    """Add a message to a space."""

    space = SpaceName(required=True)
    id = Id(required=True)
    text = Text(LONGEST_TEXT, required=True)
    reply_to = Id(load_default=None, allow_none=True, metadata={"description": "The message that this one answers."})
    origin = fields.String(
        required=True,
        validate=validate.OneOf(ORIGINS),
        metadata={
            "description": "Whose words these are: a `person` wrote them, or chose a `template`. Only Beside itself "
            "sends as `system`."
        },
    )
    hard_to_say = fields.Boolean(metadata=_HARD)


class EditMessage(Strict):
    """Change the text of a message of mine. The later edit wins; a deleted message stays deleted."""

    space = SpaceName(required=True)
    id = Id(required=True)
    text = Text(LONGEST_TEXT, required=True)


class FlagMessage(Strict):
    """Say that a message of mine was hard to say, or that it was not. The other is told; nobody counts how often."""

    space = SpaceName(required=True)
    id = Id(required=True)
    hard_to_say = fields.Boolean(required=True, metadata=_HARD)


class TurnMessage(Turn):
    """Remind a specialist, once and in private, of a message that was hard to say."""

    answered = fields.Boolean(required=True, metadata={"description": "Whether anything was said or done since."})


class DeleteMessage(Strict):
    """Delete a message of mine, also after the pairing has ended; its text is erased at once."""

    space = SpaceName(required=True)
    id = Id(required=True)


_NAMED = {"space": "space", "id": "id"}

table(
    "message",
    {
        "text": Column("string"),
        "reply_to": Column("row", optional=True),
        "sent_at": Column("number"),
        "edited": Column("boolean"),
        "origin": Column("string"),
        "hard_to_say": Column("boolean"),
    },
    shared=True,
    create=RowCommand(
        "message.send",
        {**_NAMED, "text": "text", "reply_to": "reply_to", "origin": "origin", "hard_to_say": "hard_to_say"},
        otherwise={"origin": "person"},  # apps of version 2 send no origin; a person typed their messages
    ),
    updates=(
        RowCommand("message.edit", {**_NAMED, "text": "text"}),
        RowCommand("message.flag", {**_NAMED, "hard_to_say": "hard_to_say"}),
    ),
    delete=RowCommand("message.delete", {"space": "space", "id": "id"}),
    time="sent_at",
)
table("nudge", {"where": Column("string"), "message": Column("string")})
content("message", "text", hidden=("revisions",))
