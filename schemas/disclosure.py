"""Open together: two people each write a sealed card, and both cards are opened in the same instant, or neither is."""

from marshmallow import fields, validate

from schemas.base import Few, Id, Line, Named, Text
from schemas.content import WHOLE, content
from schemas.question import Prompt
from schemas.table import Column, RowCommand, table

LONGEST_CARD = 10_000  # characters of a card


class InviteDisclosure(Named):
    """Invite the other to open something together."""

    theme = Line(200, metadata={"description": "What it is about; or `prompt`."})
    prompt = Prompt()
    hours = fields.Integer(
        load_default=7 * 24,
        strict=True,
        validate=validate.Range(1, 60 * 24),
        metadata={"description": "How long both have to seal their cards."},
    )


class SealDisclosure(Named):
    """Seal my card, or seal it anew. Nobody else can read it before both are sealed; then both are open."""

    text = Text(LONGEST_CARD, required=True)
    facts = Few(Id(), 10, metadata={"description": "Facts of mine, of tier `open_together` or wider, to open with it."})


class WithdrawDisclosure(Named):
    """Withdraw from opening together: nothing is opened. Nobody is told who withdrew."""


_NAMED = {"space": "space", "id": "id"}

table(
    "disclosure",
    {
        "theme": Column("string", optional=True),
        "prompt": Column("string", optional=True),
        "hours": Column("number"),
        "due_at": Column("number"),
        "state": Column("string"),
        "sealed": Column("list"),
        "cards": Column("json"),
        "mine": Column("string"),  # the app writes it to seal; it is never shown: the card has the text
    },
    shared=True,
    create=RowCommand("disclosure.invite", {**_NAMED, "theme": "theme", "prompt": "prompt", "hours": "hours"}),
    updates=(
        RowCommand("disclosure.seal", {**_NAMED, "text": "mine"}),
        RowCommand("disclosure.withdraw", _NAMED, on={"state": "withdrawn"}),
    ),
)
table(
    "card",
    {
        "where": Column("string"),
        "sort": Column("string"),
        "about": Column("string"),
        "text": Column("string"),
        "facts": Column("list"),
    },
)
content("disclosure", "theme", by_member={"cards": WHOLE})
content("card", "text", "facts")
