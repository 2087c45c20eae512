"""No message of marshmallow's own reaches anybody: each says in plain words what to do."""

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import orjson
import pytest
from marshmallow import Schema

import schemas
from schemas.base import Open, Strict
from schemas.note import PutNote

MARSHMALLOWS = """
import json
from inspect import getmembers, isclass
from marshmallow import Schema, fields, validate
found = list(Schema._default_error_messages.values())
for _, field in getmembers(fields, isclass):
    found += getattr(field, "default_error_messages", {}).values()
for _, validator in getmembers(validate, isclass):
    found += [text for name, text in vars(validator).items() if name.startswith(("default_message", "message_"))]
print(json.dumps(found))
"""  # run by itself, where nobody has replaced them
LONG = "x" * 10_001
MANY = 1_001
WRONG: list[Any] = [
    None, True, "yes", 7, -1, 1.5, 10**30, float("nan"), float("inf"), "", " ", " x", "x\ny", LONG, b"\xff",
    [], [None], [7], ["x"], [[7]], [[0, 9, 9, 9]], [{}], ["x"] * MANY, [["x"] * 9],
    {}, {"x": None}, {"en": 9}, {"x": {}}, {"2026-02-30": [[0, 60]]}, {"2026-02-03": 7}, {"x y": 1},
    {f"k{number}": 1 for number in range(MANY)}, {LONG: 1},
]  # fmt: skip


def shapes() -> list[type[Schema]]:
    """Return every shape there is."""
    for module in iter_modules(schemas.__path__):
        import_module(f"schemas.{module.name}")

    def below(shape: type[Schema]) -> Iterator[type[Schema]]:
        for one in shape.__subclasses__():
            yield one
            yield from below(one)

    return [one for top in (Strict, Open) for one in below(top) if one.__module__.startswith("schemas.")]


SHAPES = shapes()


@pytest.fixture(scope="module")
def theirs() -> re.Pattern[str]:
    """Return a pattern of all messages that marshmallow has."""
    run = subprocess.run([sys.executable, "-c", MARSHMALLOWS], stdout=subprocess.PIPE, check=True)
    texts = [text for text in orjson.loads(run.stdout) if text[0].isupper()]
    assert "Not a valid mapping type." in texts
    assert "Longer than maximum length {max}." in texts
    return re.compile("|".join(re.sub(r"(\\{)+[^}]*(\\})+", ".*", re.escape(text)) for text in texts), re.DOTALL)


def messages(errors: Any) -> Iterator[str]:
    """Give the texts in marshmallow's nested errors."""
    if isinstance(errors, dict):
        errors = list(errors.values())
    for error in errors:
        yield from [error] if isinstance(error, str) else messages(error)


@cache
def said(shape: type[Schema]) -> set[str]:
    """Return all that a shape says about wrong bodies and fields."""
    loader = shape()
    bodies = [None, [], "x", 7, [{}], {}, {"no such field": 1}]
    bodies += [{field.data_key or name: wrong} for name, field in loader.load_fields.items() for wrong in WRONG]
    return {text for body in bodies for text in messages(loader.validate(body))}  # type: ignore[arg-type]  # wrong ones


def test_marshmallows_messages_would_be_noticed(theirs):
    for text in (
        "Not a valid mapping type.",
        "Length must be between 1 and 5.",
        "Must be one of: a, b.",
        "Unknown field.",
    ):
        assert theirs.fullmatch(text)
    assert theirs.fullmatch("Must be greater than or equal to 1 and less than or equal to 5.")


def test_no_shape_says_what_marshmallow_says(theirs):
    assert len(SHAPES) > 100
    found = {shape.__name__: {text for text in said(shape) if theirs.fullmatch(text)} for shape in SHAPES}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_every_message_is_a_sentence():
    everything = {text for shape in SHAPES for text in said(shape)}
    assert len(everything) > 50
    assert {text for text in everything if not re.fullmatch(r"[A-Z{'].*\.", text, re.DOTALL)} == set()


def test_a_list_or_dictionary_that_is_too_long_counts_entries():
    named = {f"k{number}": 1 for number in range(MANY)}
    for shape in SHAPES:
        loader = shape()
        for name, field in loader.load_fields.items():
            for long in (["x"] * MANY, named):
                about = loader.validate({field.data_key or name: long}).get(field.data_key or name)
                assert not isinstance(about, list) or "characters" not in str(about), (shape, name, about)


def test_a_plain_sentence_for_each_of_the_usual_mistakes():
    assert PutNote().validate({"title": 7, "mood": 11, "body": LONG, "titel": ""}) == {
        "id": ["Send this field; it is required."],
        "title": ["Use a text."],
        "mood": ["Use a number from 0 to 10."],
        "body": ["Use 10000 characters at most."],
        "titel": ["There is no such field; correct its name, or leave it out."],
    }
