"""Escalations: a person decided to tell others, and records what they told, why, and whether the peer was told."""

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.base import Few, Id, Line, Named, Text, require_visible
from schemas.content import content
from schemas.table import Column, RowCommand, table

GROUNDS = ("danger_to_self", "danger_to_others", "danger_to_child", "medical", "law", "other")


class RecordEscalation(Named):
    """Write down that something was told to others (specialists only). The record can never be changed."""

    ground = fields.String(required=True, validate=validate.OneOf(GROUNDS))
    to = Line(200, required=True, metadata={"description": "Who was told, such as 'my supervisor'."})
    told = Text(2000, required=True, metadata={"description": "What they were told."})
    messages = Few(Id(), 50, load_default=list, metadata={"description": "Messages that were shared."})
    consent = fields.Boolean(required=True, metadata={"description": "Whether the peer agreed to it."})
    decided_by = Line(80, required=True, metadata={"description": "The name of the person who decided."})
    why_not = fields.String(
        validate=[validate.Length(1, 2000), require_visible],
        metadata={"description": "Why the peer is not told. Left out: they are, by this record."},
    )

    @validates_schema
    def _asked(self, data: dict[str, object], **_: object) -> None:
        if data.get("consent") and "why_not" in data:
            raise ValidationError("A peer who agreed knows of it; leave `why_not` out.", "why_not")


class TellEscalation(Named):
    """Tell the peer now about an escalation that they were not told of at first."""


_NAMED = {"space": "space", "id": "id"}
_FIELDS = ("ground", "to", "told", "messages", "consent", "decided_by", "why_not")

table(
    "escalation",
    {
        "ground": Column("string"),
        "to": Column("string"),
        "told": Column("string"),
        "messages": Column("list"),
        "consent": Column("boolean"),
        "decided_by": Column("string"),
        "why_not": Column("string", optional=True),
        "at": Column("number"),
        "told_at": Column("number", optional=True),
    },
    shared=True,
    create=RowCommand(
        "escalation.record", {**_NAMED, **{name: name for name in _FIELDS}}, otherwise={"consent": False}
    ),
    time="at",
)
content("escalation", of_space=("ground", "to", "told", "decided_by", "why_not"))
