"""What is accepted without marshmallow is what marshmallow would have accepted, and it comes out the same."""

import pytest
from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

import server.commands  # noqa: F401 — the import registers the commands
from schemas import account, protocol
from schemas.errors import BadRequest
from server.commands.context import COMMANDS
from server.validation import FIELDS, loaded
from tests.good import GOOD

VALUES = (None, "", " ", "x", "x\n", "x" * 20_000, "pair:1", 0, 1, -1, 2**60, 1.5, True, [], ["x"], {}, {"x": 1}, b"x")
MUTATION = {"id": "01890a5d-ac96-774b-bcce-b302099a8057", "name": "x", "args": {"a": 1}, "at": "1795352768209-0"}
BODIES = [
    *((command.schema, GOOD[name]) for name, command in COMMANDS.items() if name in GOOD),
    (protocol.Mutation(), MUTATION),
    (protocol.Push(), {"mutations": [MUTATION, None, 5]}),
    (protocol.Pull(), {}),
    (protocol.Sync(), {"mutations": [], "cursor": "c", "seen": {"pair:1": 5}, "limit": 3, "spaces": ["pair:1"]}),
    (account.Register(), {"handle": "Ann", "passphrase": "correct horse battery"}),
]


def variations(schema, body):
    """Give bodies that differ from a good one in one field."""
    yield body
    yield {**body, "nobody_knows": 1}
    yield {name: body[name] for name in reversed(body)}
    for name in schema.load_fields:
        yield {other: value for other, value in body.items() if other != name}
        for value in VALUES:
            yield {**body, name: value}


def outcome(load):
    """Return what a load returns, with the order of its fields, or that it refuses."""
    try:
        found = load()
    except (ValidationError, BadRequest):
        return "refused"
    return list(found.items())


def test_every_body_comes_out_as_marshmallow_returns_it():
    refused = accepted = 0
    for schema, good in BODIES:
        for body in variations(schema, good):
            found = outcome(lambda schema=schema, body=body: loaded(schema, body))
            assert found == outcome(lambda schema=schema, body=body: schema.load(body)), (type(schema).__name__, body)
            refused += found == "refused"
            accepted += found != "refused"
    assert accepted > 500
    assert refused > 2000


def test_what_is_wrong_is_said_in_marshmallow_s_words_about_all_fields_at_once():
    with pytest.raises(BadRequest) as refusal:
        loaded(protocol.Mutation(), {"id": "x", "name": 5, "more": 1})
    assert set(refusal.value.details["errors"]) == {"id", "name", "args", "at", "more"}


def test_no_field_is_looked_at_of_a_body_with_too_many():
    with pytest.raises(BadRequest, match="fewer fields"):
        loaded(protocol.Mutation(), dict.fromkeys(map(str, range(FIELDS + 1))))


class Doubled(Schema):
    """A shape that does more than to load each field."""

    number = fields.Integer(load_default=lambda: 7)

    @post_load
    def double(self, found, **_):
        return {**found, "number": found["number"] * 2}


class Renamed(Schema):
    """A shape with a field that has another name in bodies."""

    other = fields.String(data_key="another")


class Paired(Schema):
    """A shape with a rule about two fields."""

    first, second = fields.Integer(), fields.Integer()

    @validates_schema
    def require_order(self, found, **_):
        if found["first"] > found["second"]:
            raise ValidationError("The first is larger.")


def test_a_schema_that_does_more_is_left_to_marshmallow():
    assert loaded(Doubled(), {}) == {"number": 14}
    assert loaded(Renamed(), {"another": "x"}) == {"other": "x"}
    with pytest.raises(BadRequest):
        loaded(Paired(), {"first": 2, "second": 1})
    with pytest.raises(BadRequest):
        loaded(Renamed(), {"other": "x"})


def test_each_body_gets_its_own_defaults():
    first, second = loaded(protocol.Pull(), {}), loaded(protocol.Pull(), {})
    assert first["seen"] is not second["seen"]
