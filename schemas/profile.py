"""The profile: what users say about themselves, in their own space."""

from typing import Any

from marshmallow import fields, validate

from schemas.base import Line, Strict, Whole, at_most
from schemas.content import content
from schemas.table import Column, RowCommand, table
from schemas.typed import TAG, Tag

_FREE = {"merge": "latest"}

AGES = ("under_18", "18_24", "25_39", "40_59", "60_plus")
GENDERS = ("woman", "man", "nonbinary")
LEVELS = (1, 2, 3)  # of a language: enough, well, a first language


class Language(Tag):
    """A language, stored as BCP 47 writes it."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of every field."""
        error = "Use a language tag such as 'es' or 'pt-BR'."
        super().__init__(validate=Whole(TAG, error=error), **kwargs)


class Languages(fields.Dict):
    """{language: 1 to 3}: enough to talk, well, a first language."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of every field."""
        level = fields.Integer(strict=True, validate=validate.OneOf(LEVELS))
        super().__init__(keys=Language(), values=level, validate=at_most(12), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """Return the levels by language. If a language is written in two ways, the higher of its two levels counts."""
        if isinstance(value, dict) and all(type(level) is int for level in value.values()):
            value = dict(sorted(value.items(), key=lambda said: said[1]))
        shaped: dict[Any, Any] = super()._deserialize(value, *args, **kwargs)  # type: ignore[no-untyped-call]  # theirs
        return shaped


class EditProfile(Strict):
    """Change some of my profile. A field left out does not change; the later edit wins per field.

    Language, gender and age are used to find people, and shown to nobody. None of them is ever guessed.
    """

    name = Line(metadata=_FREE)
    pronouns = Line(40, is_optional=True, metadata=_FREE)
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
    updates=(RowCommand("profile.edit", {name: name for name in FIELDS}),),
)
content("profile", "name", "pronouns", "about", "languages", "gender", "age_band")
