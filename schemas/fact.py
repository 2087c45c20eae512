"""Facts: what a user has lived through, has learned or is drawn to, and who may know of each fact."""

from marshmallow import fields, validate

from schemas.base import Id, Strict
from schemas.content import content
from schemas.table import Column, RowCommand, table
from schemas.topics import Topic

TIERS = ("private", "match_only", "open_together", "paired", "profile")  # narrow to wide; each includes those before it
KINDS = ("lived", "learning", "interest", "identity")

_FREE = {"merge": "latest"}


class PutFact(Strict):
    """Write a fact about myself, or some fields of it. The tier can always be narrowed; otherwise the later edit wins.

    `private`: nobody knows it, and matching does not use it. `match_only`: used to find people, named to nobody.
    `open_together`: may be opened when the other opens as well. `paired`: the people I am paired with see it.
    `profile`: everybody I am suggested to sees it, too.
    """

    id = Id(required=True)
    topic = Topic(metadata={**_FREE, "description": "A topic; for an identity, a tag of one's own."})
    kind = fields.String(validate=validate.OneOf(KINDS), metadata=_FREE)
    depth = fields.Integer(strict=True, validate=validate.Range(1, 3), metadata=_FREE)
    tier = fields.String(validate=validate.OneOf(TIERS), metadata={"description": "Who may know of it."})
    seen = fields.String(
        validate=validate.OneOf(TIERS),
        metadata={"description": "The tier that was on the screen. It is widened only if it still is that one."},
    )


class DeleteFact(Strict):
    """Delete a fact about myself; from that moment nobody is shown it."""

    id = Id(required=True)


table(
    "fact",
    {
        "topic": Column("string"),
        "kind": Column("string"),
        "depth": Column("number"),
        "tier": Column("string"),
        "seen": Column("string"),
    },
    updates=(
        RowCommand(
            "fact.put",
            {"id": "id", "topic": "topic", "kind": "kind", "depth": "depth", "tier": "tier"},
            also={"seen": "seen"},
        ),
    ),
    delete=RowCommand("fact.delete", {"id": "id"}),
)
table("introduction", {"facts": Column("list")}, shared=True)
content("fact", "topic", "kind", "depth")
content("introduction", "facts")
