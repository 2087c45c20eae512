"""Validation: a body from a client is loaded by its schema, or refused by an error that names the wrong field."""

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

_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # an escape that may be half of a surrogate pair
_REPLACED = "beside.replaced"  # an error handler of `codecs`
FIELDS = 50  # more than any schema has: a body with more fields is refused unread
DEPTH = 16  # levels of nesting in the args of a command
ESCAPED = 12  # bytes that JSON needs for one character at most: an emoji takes two escapes of 6 bytes
LARGEST_ITEM = 16 * 1024 * ESCAPED  # bytes of one command or other item: enough for the longest texts, however escaped
LONGEST_ERRORS = 2000  # characters of errors; longer ones are not sent back


def parsed(raw: bytes | str) -> Any:
    """Return the value of a JSON text; raises orjson.JSONDecodeError.

    If a text was cut in the middle of a surrogate pair, JavaScript writes the remaining half as an escape that is not
    valid Unicode. One such text must not block the other mutations of its request: the half is read as U+FFFD, the
    replacement character.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        text = _text(raw)
        if text is None or not _HALF.search(text):
            raise
    # The `json` module accepts such halves, in C and in linear time; orjson then rejects what `json` wrongly accepts.
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
    """Return U+FFFD in UTF-8 for characters that cannot be encoded, and the position at which `codecs` continues."""
    return "\ufffd".encode() * (error.end - error.start), error.end


codecs.register_error(_REPLACED, _replace)


def loaded(schema: Schema, body: Any, field: str = "") -> Wire:
    """Return a body as its schema loads it; raises BadRequest. ``field`` is the path of the body in the request."""
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
    """One field of a schema, and how its value is loaded."""

    name: str
    is_required: bool
    default: Any  # marshmallow's `load_default`: a value, a function, or `missing`
    validators: list[Callable[[Any], Any]] | None  # of a text; None for any other field
    deserialize: Callable[..., Any]  # marshmallow's own

    def take(self, body: Wire, shaped: Wire) -> bool:
        """Load the field from a body into ``shaped``; return whether the body has it. Raises ValidationError."""
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
    """Return the result of ``schema.load(body)``; None if the body is invalid, or if the schema has hooks of its own.

    This is faster: marshmallow's work around the fields took 15 % of a worker's time for the two bodies of a message.
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
    """Return the fields of a schema; None if the schema does more than load each field by itself."""
    loads = schema.load_fields.items()
    does_more = schema.partial or schema.many or any(schema._hooks.values())  # noqa: SLF001 — it has no public name
    if does_more or any(one.data_key or one.attribute for _, one in loads):
        return None
    return [
        _Field(name, one.required, one.load_default, one.validators if _is_text(one) else None, one.deserialize)
        for name, one in loads
    ]


def _is_text(field: fields.Field[Any]) -> bool:
    """Tell whether a field keeps a text unchanged, so that only its validators have to run."""
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
