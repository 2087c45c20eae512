"""The API descriptions say what is in the records of every kind, so that generated clients know it."""

from typing import Any

import jsonschema_rs
import orjson
import pytest

from schemas.table import TABLES
from tests.trusted import Ready

pytestmark = pytest.mark.in_memory

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@pytest.fixture
def described(world) -> dict[str, dict[str, Any]]:
    """Return the schemas of both descriptions."""
    client = world.parts.app.test_client()
    return {
        name: orjson.loads(client.get(f"/{name}.json").data)["components"]["schemas"]
        for name in ("openapi", "asyncapi")
    }


def validator(schemas: dict[str, Any]) -> jsonschema_rs.Validator:
    """Return a validator of the changes that phones get."""
    shape = {"$schema": DIALECT, "$ref": "#/components/schemas/Change", "components": {"schemas": schemas}}
    return jsonschema_rs.validator_for(shape)


ASKED = (  # of what Ready.live() leaves out, the end of the pairing last
    "profile.edit", "availability.set", "practice.edit", "note.put", "note.delete", "fact.put", "story.edit",
    "story.share", "agreement.propose", "position.read", "pairing.invite", "request.open", "offer.decline",
    "handover.announce", "message.delete", "block.set",
)  # fmt: skip


def records(world, ann, sam, pair) -> list[dict[str, Any]]:
    """Return the records that people have after nearly all that anybody can ask for."""
    ready = Ready(world, ann, sam, pair)
    ready.live()
    changes: list[dict[str, Any]] = []
    for name in ASKED:
        ready.do(name)
        for phone in ready.people.values():
            phone.sync()
            changes += phone.replica.values()
    return changes


def test_every_record_is_as_it_is_described(world, ann, sam, pair, described):
    found = records(world, ann, sam, pair)
    for schemas in described.values():
        valid = validator(schemas)
        wrong = {one["kind"]: error.message for one in found for error in valid.iter_errors(one)}
        assert wrong == {}
    told = {one["kind"] for one in found if not one.get("deleted")}
    assert told <= TABLES.keys()
    assert len(told) > 35, "need most kinds for this test to mean anything"
    columns = {name: described["openapi"][f"{_pascal(name)}Data"]["properties"].keys() for name in told}
    unknown = {(one["kind"], name) for one in found for name in one.get("data", {}) if name not in columns[one["kind"]]}
    assert unknown == set()


def test_a_field_of_another_type_is_not_as_described(world, ann, sam, pair, described):
    ann.do("message.send", space=pair, id="m1", text="hello", origin="person", hard_to_say=True)
    [message] = ann.records("message")
    for schemas in described.values():
        valid = validator(schemas)
        assert valid.is_valid(message)
        for name, value in {"text": 7, "sent_at": "now", "hard_to_say": "yes", "reply_to": {}}.items():
            assert not valid.is_valid({**message, "data": {**message["data"], name: value}}), name
        assert not valid.is_valid({**message, "kind": "massage"})


def test_each_kind_is_told_apart_by_its_name(described):
    change = described["openapi"]["Change"]
    assert change["discriminator"]["propertyName"] == "kind"
    assert change["discriminator"]["mapping"].keys() == TABLES.keys()
    assert {one["$ref"] for one in change["oneOf"]} == set(change["discriminator"]["mapping"].values())
    for kind, reference in change["discriminator"]["mapping"].items():
        assert described["openapi"][reference.rpartition("/")[2]]["properties"]["kind"]["const"] == kind


def _pascal(kind: str) -> str:
    return kind.title().replace("_", "")
