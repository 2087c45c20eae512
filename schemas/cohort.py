"""The file of a cohort: the preference lists of both sides, most preferred first, and the places of specialists."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.base import Args, Strict, Whole
from schemas.text import NOT_IN_A_LINE, composed
from schemas.typed import Typed

MOST_PLACES = 1000
SURROGATES = r"\ud800-\udfff"  # they cannot be printed


class Name(Typed):
    """The name of a person in the file: an id or a name, on one line."""

    def __init__(self) -> None:
        """Declare the limits: 1 to 80 characters that can be printed."""
        error = "Use 1 to 80 characters on one line that does not begin or end with a space."
        super().__init__(validate=Whole(rf"^(?!\s)[^{NOT_IN_A_LINE}{SURROGATES}]{{1,80}}(?<!\s)$", error=error))

    def meant(self, text: str) -> str:
        """Return a name in the form that is compared, so that a name typed in two ways is one person."""
        return composed(text)


class Preference(fields.Field[Any]):
    """A name, or a list of names that are liked equally."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str | list[str]:
        if not isinstance(value, list):
            return str(Name().deserialize(value))
        if not value:
            raise ValidationError("A group of equals cannot be empty.")
        return [str(Name().deserialize(name)) for name in value]


class Cohort(Strict):
    """The preferences of a cohort. Everybody has a list, even an empty one; it may name people who do not list back."""

    peers = fields.Dict(keys=Name(), values=fields.List(Preference()), required=True)
    specialists = fields.Dict(keys=Name(), values=fields.List(Preference()), required=True)
    capacities = fields.Dict(
        keys=Name(),
        values=fields.Integer(strict=True, validate=validate.Range(0, MOST_PLACES)),
        required=True,
        metadata={"description": "how many peers each specialist can take"},
    )

    @validates_schema
    def name_only_who_is_there(self, data: Args, **_: Any) -> None:
        """Raise ValidationError for a listed name that the file lacks: misspelt, it would silently have no effect."""
        errors: dict[str, dict[str, list[str]]] = {}
        for field, others in (("peers", "specialists"), ("specialists", "peers")):
            for who, listed in data[field].items():
                named = {name for one in listed for name in ([one] if isinstance(one, str) else one)}
                unknown = sorted(named - data[others].keys())
                if unknown:
                    errors.setdefault(field, {})[who] = [f"'{unknown[0]}' is not among the {others}."]
        if errors:
            raise ValidationError(errors)
