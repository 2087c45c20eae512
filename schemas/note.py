"""Notes: free private records in one's own space."""

from marshmallow import fields, validate

from schemas.base import Id, Strict
from schemas.content import content
from schemas.table import Column, RowCommand, table

_TEXT = {"merge": "latest"}


class PutNote(Strict):
    """Write a note of mine, or some of its fields. A field left out does not change; the later edit wins per field."""

    id = Id(required=True)
    title = fields.String(validate=validate.Length(max=200), metadata=_TEXT)
    body = fields.String(validate=validate.Length(max=10_000), metadata=_TEXT)
    mood = fields.Integer(strict=True, allow_none=True, validate=validate.Range(0, 10), metadata=_TEXT)


class DeleteNote(Strict):
    """Delete a note of mine; its content is erased at once. A deleted note stays deleted."""

    id = Id(required=True)


table(
    "note",
    {"title": Column("string"), "body": Column("string"), "mood": Column("number", optional=True)},
    updates=(RowCommand("note.put", {"id": "id", "title": "title", "body": "body", "mood": "mood"}),),
    delete=RowCommand("note.delete", {"id": "id"}),
)
content("note", "title", "body", "mood")
