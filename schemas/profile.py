"""My profile: what I say about myself, in my own space."""

from marshmallow import fields, validate

from schemas.base import Line, Strict
from schemas.table import Column, Wish, table

_FREE = {"merge": "latest"}


class EditProfile(Strict):
    """Change some of my profile. A field left out is left alone; the later edit wins per field."""

    name = Line(metadata=_FREE)
    pronouns = fields.String(validate=validate.Length(max=40), metadata=_FREE)
    about = fields.String(validate=validate.Length(max=2000), metadata=_FREE)


table(
    "profile",
    {"name": Column("string"), "pronouns": Column("string"), "about": Column("string")},
    updates=(Wish("profile.edit", {"name": "name", "pronouns": "pronouns", "about": "about"}),),
)
