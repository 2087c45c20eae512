"""Messages: append-only; their order is `first_seq`; the author may edit or delete."""

from marshmallow import fields, validate

from schemas.base import Id, SpaceName, Strict
from schemas.table import Column, Wish, table

LONGEST = 10_000  # characters
REVISIONS = 100  # texts of one message, all of which are kept for moderation
REVISED = 10 * LONGEST  # characters of all these texts together: every edit stores them anew


class Text(fields.String):
    """Any Unicode, 1 to 10,000 characters."""

    def __init__(self) -> None:
        """Declare the limits and the merge rule."""
        super().__init__(required=True, validate=validate.Length(1, LONGEST), metadata={"merge": "latest"})


class SendMessage(Strict):
    """Add a message to a space."""

    space = SpaceName(required=True)
    id = Id(required=True)
    text = Text()
    reply_to = Id(load_default=None, allow_none=True, metadata={"description": "The message that this one answers."})
    origin = fields.String(
        load_default="person",
        validate=validate.OneOf(["person", "system"]),
        metadata={"description": "Who is speaking. Only Beside itself sends as `system`."},
    )


class EditMessage(Strict):
    """Change the text of a message of mine. The later edit wins; a deleted message stays deleted."""

    space = SpaceName(required=True)
    id = Id(required=True)
    text = Text()


class DeleteMessage(Strict):
    """Delete a message of mine; its text is erased at once."""

    space = SpaceName(required=True)
    id = Id(required=True)


table(
    "message",
    {
        "text": Column("string"),
        "reply_to": Column("row", optional=True),
        "sent_at": Column("number"),
        "edited": Column("boolean"),
        "origin": Column("string"),
    },
    shared=True,
    create=Wish("message.send", {"space": "space", "id": "id", "text": "text", "reply_to": "reply_to"}),
    updates=(Wish("message.edit", {"space": "space", "id": "id", "text": "text"}),),
    delete=Wish("message.delete", {"space": "space", "id": "id"}),
    time="sent_at",
)
