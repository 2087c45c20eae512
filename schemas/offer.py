"""Offers: a specialist is asked to be there for a peer, and answers or does not."""

from marshmallow import fields, validate

from schemas.agreement import Terms
from schemas.base import Few, Id, Line, Strict
from schemas.content import content
from schemas.table import Column, RowCommand, table


class AcceptOffer(Strict):
    """Say yes. A pairing is made at once; both then sign the agreement, and can write."""

    id = Id(required=True)
    name = Line(metadata={"description": "How I am called in this pairing; left out: as in my practice."})
    terms = fields.Nested(
        Terms, load_default=dict, metadata={"description": "The terms of the agreement that I propose."}
    )


class DeclineOffer(Strict):
    """Say no. No reason is asked for, none is shown, and it changes nothing about later offers."""

    id = Id(required=True)
    reason = fields.String(validate=validate.Length(max=500), metadata={"description": "For myself only."})
    not_now = Few(fields.String(), 24, metadata={"description": "Topics I cannot listen to now."})


class ExpireOffer(Strict):
    """Let an offer expire, because nobody answered it."""

    user = Id(required=True)
    id = Id(required=True)


table(
    "offer",
    {
        "state": Column("string"),
        "sent_at": Column("number"),
        "due_at": Column("number"),
        "topics": Column("json"),
        "languages": Column("list"),
        "name": Column("string", optional=True),
        "note": Column("string", optional=True),
        "reasons": Column("list"),
        "limit": Column("json"),
        "reason": Column("string", optional=True),
        "not_now": Column("list"),
        "pairing": Column("string", optional=True),
    },
    updates=(
        RowCommand("offer.accept", {"id": "id"}, on={"state": "accepted"}),
        RowCommand("offer.decline", {"id": "id", "reason": "reason", "not_now": "not_now"}, on={"state": "declined"}),
    ),
)
content("offer", "topics", "languages", "name", "note", "reasons", "reason", "not_now", hidden=("hours", "undo"))
