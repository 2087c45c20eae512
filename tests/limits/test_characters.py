"""Limits of texts count characters as they were written, however JSON writes them."""

import json

import pytest
from marshmallow import Schema, fields, validate

from schemas.message import LONGEST_TEXT
from server.commands.context import COMMANDS
from server.validation import ESCAPED, LARGEST_ITEM
from tests.http_app import App
from tests.lifecycle.matching_fixture import ok

pytestmark = pytest.mark.in_memory

FACES = "\U0001f642" * LONGEST_TEXT  # each of them is 12 bytes of JSON
UNSAID = {"id", "name", "at"}


@pytest.fixture
def app(world, ann, pair):
    return App(world, ann)


def sent(phone, space, text):
    return phone.does("message.send", space=space, id="m1", text=text, origin="person")


def row(space, text):
    return {"id": "m1", "space": space, "text": text, "origin": "person", "sent_at": 7}


NATIVE = {
    "a command": ("message/send", lambda phone, space, text: sent(phone, space, text)["args"]),
    "mutate": ("mutate", sent),
    "push": ("push", lambda phone, space, text: {"mutations": [sent(phone, space, text)]}),
    "sync": ("sync", lambda phone, space, text: {"mutations": [sent(phone, space, text)]}),
}
ADAPTERS = {
    "RxDB": ("adapters/rxdb/message/push", lambda _, space, text: [{"newDocumentState": row(space, text)}]),
    "WatermelonDB": (
        "adapters/watermelondb/sync?last_pulled_at=0",
        lambda _, space, text: {"message": {"created": [row(space, text)], "updated": [], "deleted": []}},
    ),
}


def posted(app, path, body):
    """Send a body as the `json` module writes it: with pairs of escapes."""
    text = json.dumps(body)
    assert text.isascii()
    assert len(text) > ESCAPED * LONGEST_TEXT
    return app.posted(path, text)


@pytest.mark.parametrize("way", NATIVE | ADAPTERS)
def test_ten_thousand_emoji_are_ten_thousand_characters(app, sam, ann, pair, way):
    path, body = (NATIVE | ADAPTERS)[way]
    assert posted(app, path, body(ann, pair, FACES)).status_code == 200
    sam.pull()
    assert sam.texts(pair) == [FACES]


@pytest.mark.parametrize("way", NATIVE)
def test_one_more_is_too_long(app, sam, ann, pair, way):
    path, body = NATIVE[way]
    answer = posted(app, path, body(ann, pair, FACES + "!")).get_json()
    error = answer["outcomes"][0]["error"] if "outcomes" in answer else answer["error"]
    assert (error["code"], error["details"]["field"]) == ("bad_request", "args.text")
    sam.pull()
    assert sam.texts(pair) == []


@pytest.mark.parametrize("way", ADAPTERS)
def test_what_a_client_database_has_beyond_is_cut_before_a_whole_character(app, sam, ann, pair, way):
    path, body = ADAPTERS[way]
    flag = "\U0001f1e9\U0001f1ea"
    assert posted(app, path, body(ann, pair, FACES[:-1] + flag)).status_code == 200
    sam.pull(), ann.pull()
    assert sam.texts(pair) == [FACES[:-1]]
    assert [one["data"]["cells"]["text"] for one in ann.records("unsent")] == [FACES[:-1] + flag]


def characters(field):
    """Return the largest number of characters that a field can have, without those of ids."""
    if isinstance(field, fields.Nested):
        return total(field.schema)
    if isinstance(field, fields.String):
        return max((rule.max or 0 for rule in field.validators if isinstance(rule, validate.Length)), default=0)
    return 0


def total(schema: Schema):
    return sum(map(characters, schema.fields.values()))


def test_every_command_can_have_all_its_characters_in_whatever_form():
    """Besides them there is room for what is no text: names of fields, ids, and lists of few and short items."""
    longest = {name: total(command.schema) for name, command in COMMANDS.items() if not command.internal}
    assert max(longest.values()) > LONGEST_TEXT
    assert {name: most for name, most in longest.items() if ESCAPED * most + 48 * 1024 > LARGEST_ITEM} == {}


def test_a_call_for_help_is_cut_before_a_whole_character(sam, ann, pair):
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    ok(ann.do("sos.raise", id="s1", words="x" * 498 + family))
    assert ann.records("sos")[0]["data"]["words"] == "x" * 498
