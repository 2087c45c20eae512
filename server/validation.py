"""Validation: bodies from outside get the shape of a schema, or a refusal that names the wrong field."""

import codecs
import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from marshmallow import Schema, ValidationError, fields, missing

from schemas.errors import BadRequest
from sync.record import Wire

_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # where half of a surrogate pair may be
_REPLACED = "beside.replaced"  # an error handler of `codecs`
FIELDS = 50  # more than any schema has: a body with more fields is refused unread
DEPTH = 16  # levels of nesting in the args of a command
ESCAPED = 12  # bytes of one character as JSON may write it: a pair of escapes, such as those of an emoji
LARGEST_ITEM = 16 * 1024 * ESCAPED  # bytes of one command or other item: every text has its characters however escaped
LONGEST_ERRORS = 2000  # characters of errors; longer ones are not sent back


def parsed(raw: bytes | str) -> Any:
    """Return the value of a JSON text; raises orjson.JSONDecodeError.

    If a text was cut in the middle of a surrogate pair, JavaScript writes the remaining half as an escape that is not
    valid Unicode. One such text must not block everything that is sent with it: the half is read as U+FFFD, the
    replacement character.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        text = _text(raw)
        if text is None or not _HALF.search(text):
            raise
    # The `json` module reads halves, in C and in linear time; orjson then checks everything that `json` lets pass.
    try:
        read = json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        return orjson.loads(raw)
    return orjson.loads(read.encode(errors=_REPLACED))


def _text(raw: bytes | str) -> str | None:
    """Return a JSON text as characters, or None if it is not UTF-8."""
    try:
        return raw if isinstance(raw, str) else raw.decode()
    except UnicodeDecodeError:
        return None


def _replace(error: Any) -> tuple[bytes, int]:
    """Return U+FFFD in UTF-8 for characters that cannot be encoded, and where `codecs` is to go on."""
    return "\ufffd".encode() * (error.end - error.start), error.end


codecs.register_error(_REPLACED, _replace)


def loaded(schema: Schema, body: Any, field: str = "") -> Wire:
    """Return a body in its schema's shape; raises BadRequest. ``field`` is where the body stands in the request."""
    if isinstance(body, dict):
        if len(body) > FIELDS:
            raise BadRequest("Send fewer fields; nothing has so many.", field=field, limit=FIELDS)
        accepted = _accepted(schema, body)
        if accepted is not None:
            return accepted
    try:
        shaped: Wire = schema.load(body)
    except ValidationError as error:
        raise malformed({field: error.messages} if field else error.messages) from error
    return shaped


class _Field(NamedTuple):
    """One field of a schema, and what it takes to accept a value of it."""

    name: str
    is_required: bool
    default: Any  # what marshmallow takes if the field is left out: a value, a function, or `missing`
    validators: list[Callable[[Any], Any]] | None  # of a text; None for any other field
    deserialize: Callable[..., Any]  # marshmallow's own

    def take(self, body: Wire, shaped: Wire) -> bool:
        """Put the field of a body into ``shaped``, and tell whether it was there; raises ValidationError."""
        value = body.get(self.name, missing)
        if value is missing:
            if self.is_required:
                raise ValidationError(self.name)
            if self.default is not missing:
                shaped[self.name] = self.default() if callable(self.default) else self.default
            return False
        if self.validators is None or not isinstance(value, str):
            value = self.deserialize(value, self.name, body)
        else:
            for validate in self.validators:
                validate(value)
        shaped[self.name] = value
        return True


def _accepted(schema: Schema, body: Wire) -> Wire | None:
    """Return what ``schema.load(body)`` returns; None if the body is not right, or the schema has rules of its own.

    marshmallow spends most of its time between the fields: the two bodies of a message took 15 % of a worker's time.
    """
    own = _fields(schema)
    if own is None:
        return None
    shaped = Wire()
    try:
        known = sum(field.take(body, shaped) for field in own)
    except ValidationError:
        return None
    return shaped if known == len(body) else None


@lru_cache(1000)
def _fields(schema: Schema) -> list[_Field] | None:
    """Return the fields of a schema; None if it does more to a body than to load each field by itself."""
    loads = schema.load_fields.items()
    does_more = schema.partial or schema.many or any(schema._hooks.values())  # noqa: SLF001 — it has no public name
    if does_more or any(one.data_key or one.attribute for _, one in loads):
        return None
    return [
        _Field(name, one.required, one.load_default, one.validators if _is_text(one) else None, one.deserialize)
        for name, one in loads
    ]


def _is_text(field: fields.Field[Any]) -> bool:
    """Tell whether a field takes a text as it is, if all its validators do."""
    is_as_it_is = getattr(type(field), "_deserialize", None) is fields.String._deserialize  # noqa: SLF001
    return is_as_it_is and not (field.pre_load or field.post_load)


def malformed(errors: Any) -> BadRequest:
    """Return the refusal for what marshmallow found, naming the first field that is wrong."""
    field, text = _first(errors)
    details = {"errors": _named(errors)} if len(str(errors)) <= LONGEST_ERRORS else {}
    return BadRequest(f"{field}: {text}" if field else text, field=field, **details)


def shallow(args: Any) -> Any:
    """Return the args; raises BadRequest if they are nested deeper than DEPTH, more than any command needs."""
    level, depth = [args], 0
    while level:
        if depth > DEPTH:
            raise BadRequest(
                "args: use fewer levels of lists and objects inside each other.", field="args", limit=DEPTH
            )
        containers = [item for item in level if isinstance(item, dict | list)]
        level = [inner for item in containers for inner in (item.values() if isinstance(item, dict) else item)]
        depth += 1
    return args


def _named(errors: Any) -> Any:
    """Return marshmallow's messages with all keys as strings, numbers too: JSON has no other keys."""
    return {str(name): _named(inner) for name, inner in errors.items()} if isinstance(errors, dict) else errors


def _first(errors: Any) -> tuple[str, str]:
    """Return the path and the text of the first error in marshmallow's nested messages."""
    path: list[str] = []
    while isinstance(errors, dict) and errors:
        name, errors = next(iter(errors.items()))
        if name != "_schema":
            path.append(str(name))
    text = errors[0] if isinstance(errors, list) and errors else errors
    return ".".join(path), str(text)
