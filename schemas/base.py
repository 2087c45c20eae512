"""The strict schema, and the fields that every shape shares."""

from collections.abc import Mapping
from typing import Any

from marshmallow import INCLUDE, RAISE, Schema, ValidationError, fields, validate

from schemas.text import NOT_IN_A_LINE, is_visible
from schemas.wording import SCHEMA_MESSAGES

Args = dict[str, Any]  # what a schema has validated

LAST_SEQ = 2**53 - 1  # the largest whole number that every JSON client keeps exactly
LAST_MS = 2**48 - 1  # the last time that a stamp can hold, in ms since the epoch
RULES = ("latest", "highest")  # how fields merge: sync/merge.py
ID = r"[A-Za-z0-9_.-]{1,64}"


class Whole(validate.Regexp):
    """A pattern that a whole text must match, written `^…$` as JSON Schema and JavaScript understand it."""

    def __call__(self, value: Any) -> Any:
        """Return the text; raises ValidationError if it does not match. Unlike Python's `$`, no line end may follow."""
        if self.regex.fullmatch(value) is None:
            raise ValidationError(self._format_error(value))
        return value


class Strict(Schema):
    """A shape that refuses unknown fields: a misspelt field is an error, never a silent loss."""

    error_messages = SCHEMA_MESSAGES

    class Meta:
        """Unknown fields are refused, and the refusal names them."""

        unknown = RAISE


class Open(Schema):
    """A shape with names of the app's own: tables and columns that Beside does not know are ignored."""

    error_messages = SCHEMA_MESSAGES

    class Meta:
        """No field is refused for its name."""

        unknown = INCLUDE


def at_most(count: int) -> validate.Length:
    """Return the validator of the largest number of entries of a list or dictionary."""
    return validate.Length(max=count, error=f"Use {count} entries at most.")


class Few(fields.List[Any]):
    """A list whose length is checked before its items: a million bad items cost no more than one."""

    def __init__(self, item: fields.Field[Any], most: int, **kwargs: Any) -> None:
        """Take the field of an item, the largest number of items, and the arguments of every field."""
        super().__init__(item, validate=at_most(most), **kwargs)
        self.most = most

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.most:
            raise ValidationError(f"Use {self.most} entries at most.")
        return super()._deserialize(value, *args, **kwargs)


class Positions(fields.Dict):
    """{space: seq}, for 1,000 spaces at most. Their number is checked before the spaces themselves."""

    MOST = 1000

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of every field."""
        super().__init__(keys=SpaceName(), values=Seq(), **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        if isinstance(value, dict) and len(value) > self.MOST:
            raise ValidationError(f"Use {self.MOST} entries at most.")
        shaped: dict[Any, Any] = super()._deserialize(value, *args, **kwargs)  # type: ignore[no-untyped-call]  # theirs
        return shaped


class Id(fields.String):
    """An id made by the phone. It cannot contain a colon, so it can never pass for the name of a space."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of every field."""
        error = "Use 1 to 64 letters, digits, '-', '_' or '.'; a UUIDv7 is best."
        super().__init__(validate=Whole(rf"^{ID}$", error=error), **kwargs)


class SpaceName(fields.String):
    """The name of a space, as the server gave it."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of every field."""
        error = "Use the name of a space as the server gave it, such as 'pair:…' or 'user:…'."
        super().__init__(validate=Whole(rf"^[a-z]{{1,16}}:{ID}$", error=error), **kwargs)


class Seq(fields.Integer):
    """A place in the order of a space: 1, 2, 3…; 0 is before the first."""

    def __init__(self, least: int = 0, **kwargs: Any) -> None:
        """Take the least number allowed, and the arguments of every field."""
        super().__init__(strict=True, validate=validate.Range(least, LAST_SEQ), **kwargs)


class Moment(fields.Integer):
    """A time, in ms since the epoch."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of every field."""
        super().__init__(strict=True, validate=validate.Range(0, LAST_MS), **kwargs)


def require_visible(text: str) -> None:
    """Raise ValidationError for a text in which nothing can be seen, such as one of spaces alone."""
    if text and not is_visible(text):
        raise ValidationError("Use a text in which something can be seen.")


class Text(fields.String):
    """A text for another person: any Unicode, with 1 visible character or more; of two edits the later one wins."""

    def __init__(self, longest: int, **kwargs: Any) -> None:
        """Take the largest number of characters, and the arguments of every field."""
        described = {"merge": "latest", **kwargs.pop("metadata", {})}
        super().__init__(validate=[validate.Length(1, longest), require_visible], metadata=described, **kwargs)


class Line(fields.String):
    """One line of text for people to read, such as a name: no controls, line ends or direction overrides."""

    WORDS = rf"[^\s{NOT_IN_A_LINE}]([^{NOT_IN_A_LINE}]*[^\s{NOT_IN_A_LINE}])?"

    def __init__(self, longest: int = 80, *, is_optional: bool = False, **kwargs: Any) -> None:
        """Take the largest number of characters, whether the line may be empty, and the arguments of every field."""
        error = "Use one line, without control characters, that does not begin or end with a space."
        line = Whole(f"^({self.WORDS})?$" if is_optional else f"^{self.WORDS}$", error=error)
        super().__init__(validate=[validate.Length(0 if is_optional else 1, longest), line, require_visible], **kwargs)


class Named(Strict):
    """A record of a shared space."""

    space = SpaceName(required=True)
    id = Id(required=True)


class Turn(Named):
    """Do what is due for a record, because its time has come."""


def merge_rules(schema: type[Schema]) -> Mapping[str, str]:
    """Return ``{field: rule}`` for the fields that say how they merge; raises ValueError for an unknown rule."""
    declared: dict[str, Any] = schema._declared_fields  # noqa: SLF001 — marshmallow offers no other way to the class's fields
    rules = {name: field.metadata["merge"] for name, field in declared.items() if "merge" in field.metadata}
    for name, rule in rules.items():
        if rule not in RULES:
            raise ValueError(f"{schema.__name__}.{name}: there is no merge rule '{rule}'; use one of {RULES}.")
    return rules


class Guiding(Strict):
    """A strict shape for requests from code that an app's developer wrote: a refusal lists the known names."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of every schema."""
        super().__init__(**kwargs)
        names = [field.data_key or name for name, field in self.load_fields.items()]
        there = f"There are only: {', '.join(names)}." if names else "There are none here."
        self.error_messages["unknown"] = f"There is no such name. {there}"
