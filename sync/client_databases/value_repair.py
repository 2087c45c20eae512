"""Repairs bad values instead of refusing them: a client database cannot handle a refusal and would push for ever."""

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from schemas.text import cut, one_line


def repaired(schema: Schema, args: dict[str, Any]) -> dict[str, Any]:
    """Return args with texts cut to length and numbers moved into range. An arg that cannot be repaired is left out."""
    found = {name: _repaired(schema.fields[name], value) for name, value in args.items()}
    return {name: values[0] for name, values in found.items() if values}


def _repaired(field: fields.Field[Any], value: Any) -> list[Any]:
    """Return a list with the first form of a value that the field accepts, or an empty list."""
    return next(([form] for form in _forms(field, value) if _good(field, form)), [])


def _forms(field: fields.Field[Any], value: Any) -> Iterator[Any]:
    yield value
    for rule in field.validators:
        if isinstance(value, str) and isinstance(rule, validate.Length) and rule.max is not None:
            yield cut(value, rule.max)
            yield cut(one_line(value), rule.max).strip()
        if isinstance(value, int | float) and isinstance(rule, validate.Range):
            whole = _whole(value)
            yield max(rule.min, min(rule.max, whole))


def _whole(number: float) -> int:
    return round(max(-(2.0**53), min(2.0**53, number)))


def _good(field: fields.Field[Any], value: Any) -> bool:
    try:
        field.deserialize(value)
    except ValidationError:
        return False
    return True
