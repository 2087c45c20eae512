"""Validation: bodies from outside get the shape of a schema, or a refusal that names the wrong field."""

import codecs
import json
import re
from typing import Any

import orjson
from marshmallow import Schema, ValidationError

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
    if isinstance(body, dict) and len(body) > FIELDS:
        raise BadRequest("Send fewer fields; nothing has so many.", field=field, limit=FIELDS)
    try:
        shaped: Wire = schema.load(body)
    except ValidationError as error:
        raise malformed({field: error.messages} if field else error.messages) from error
    return shaped


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
