"""My profile: what I say about myself, in my own space."""

from typing import Any

from marshmallow import fields, validate

from schemas.base import Line, Strict, Whole
from schemas.table import Column, Wish, table

_FREE = {"merge": "latest"}

AGES = ("under_18", "18_24", "25_39", "40_59", "60_plus")
GENDERS = ("woman", "man", "nonbinary")
LEVELS = (1, 2, 3)  # of a language: enough, well, a first language


class Language(fields.String):
    """A language, as BCP 47 writes it."""

    def __init__(self, **kwargs: Any) -> None:
        """Take what every field takes."""
        error = "Use a language tag such as 'es' or 'pt-BR'."
        super().__init__(validate=Whole(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", error=error), **kwargs)


class Languages(fields.Dict):
    """{language: 1 to 3}: enough to talk, well, a first language."""

    def __init__(self, **kwargs: Any) -> None:
        """Take what every field takes."""
        level = fields.Integer(strict=True, validate=validate.OneOf(LEVELS))
        super().__init__(keys=Language(), values=level, validate=validate.Length(max=12), **kwargs)


class EditProfile(Strict):
    """Change some of my profile. A field left out is left alone; the later edit wins per field.

    Language, gender and age are used to find people, and shown to nobody. Nothing of it is ever guessed.
    """

    name = Line(metadata=_FREE)
    pronouns = fields.String(validate=validate.Length(max=40), metadata=_FREE)
    about = fields.String(validate=validate.Length(max=2000), metadata=_FREE)
    languages = Languages(metadata=_FREE)
    gender = fields.String(allow_none=True, validate=validate.OneOf(GENDERS), metadata=_FREE)
    age_band = fields.String(allow_none=True, validate=validate.OneOf(AGES), metadata=_FREE)


FIELDS = ("name", "pronouns", "about", "languages", "gender", "age_band")

table(
    "profile",
    {
        "name": Column("string"),
        "pronouns": Column("string"),
        "about": Column("string"),
        "languages": Column("json"),
        "gender": Column("string", optional=True),
        "age_band": Column("string", optional=True),
    },
    updates=(Wish("profile.edit", {name: name for name in FIELDS}),),
)
