"""The API's descriptions, as the tools read them that other people use."""

import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
import schemathesis
from flask import Flask

from server.commands.context import COMMANDS
from server.realtime.events import PHONE_SENDS, SERVER_SENDS
from tests import in_memory
from tests.conftest import World

CLIENTS = Path(__file__).parent.parent / "clients"
ERROR = 0  # the severity of what makes a description wrong, and not only improvable
FLASKS = {"HEAD", "OPTIONS"}  # methods that Flask adds by itself


@pytest.fixture(scope="module")
def app() -> Flask:
    return World(in_memory.database()).parts.app


@pytest.fixture(scope="module")
def served(app) -> dict[str, bytes]:
    """Return {name: text} of both descriptions."""
    return {name: app.test_client().get(f"/{name}.json").data for name in ("openapi", "asyncapi")}


@pytest.fixture
def openapi(served) -> dict[str, Any]:
    return orjson.loads(served["openapi"])


@pytest.fixture
def asyncapi(served) -> dict[str, Any]:
    return orjson.loads(served["asyncapi"])


def test_asyncapis_own_parser_finds_every_event_and_nothing_wrong(asyncapi):
    read = read_by("asyncapi.mjs", asyncapi)
    assert errors(read) == []
    assert set(read["operations"]) == {*PHONE_SENDS, *SERVER_SENDS}


def test_asyncapis_own_parser_would_find_an_error(asyncapi):
    asyncapi["operations"]["push"]["channel"]["$ref"] = "#/channels/nowhere"
    assert errors(read_by("asyncapi.mjs", asyncapi)) != []


def test_the_api_is_described_in_valid_openapi(openapi):
    assert openapi["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(openapi).validate()


def test_every_route_of_the_api_is_described_and_no_other(app, openapi):
    found = {operation.ok().label for operation in schemathesis.openapi.from_dict(openapi).get_all_operations()}
    routes = {
        f"{method} {rule.rule.replace('<', '{').replace('>', '}')}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods - FLASKS
        if rule.rule.startswith("/api/")
    }
    assert found == routes
    doors = {f"POST /api/v1/{name.replace('.', '/')}": command.internal for name, command in COMMANDS.items()}
    assert {door for door, own in doors.items() if not own} < found
    assert not {door for door, own in doors.items() if own} & found, "what Beside asks of itself is nobody's to call"


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(openapi):
    operations = [operation for path in openapi["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all(operation["summary"].endswith(".") for operation in operations)


def test_what_can_be_asked_without_an_access_token_says_so(openapi):
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    }
    free = {name for name, operation in operations.items() if "security" not in operation}
    assert free == {name for name, operation in operations.items() if "No access token" in str(operation)}
    doors = {"GET /api/v1/adapters/watermelondb/schema", "GET /api/v1/adapters/rxdb/schemas", "POST /api/v1/login"}
    assert doors < free
    assert all("304" in operations[name]["responses"] for name in free if name.startswith("GET "))


@pytest.mark.parametrize("name", ["openapi", "asyncapi"])
def test_every_shape_is_a_schema_that_validators_accept(name, request):
    description = request.getfixturevalue(name)
    assert description["components"]["schemas"]
    for shape in description["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **shape})


@pytest.mark.parametrize("name", ["openapi", "asyncapi"])
def test_every_pattern_is_one_of_javascripts_as_json_schema_wants_it(name, request):
    assert read_by("patterns.mjs", request.getfixturevalue(name)) == {}


@pytest.mark.parametrize("handle", ["ann", "Zoë", "Жанна", "李四", "a.b_c-9"])
def test_a_handle_of_any_script_is_as_described(openapi, handle):
    shape = {**openapi, "$ref": "#/components/schemas/Register"}
    jsonschema_rs.validate(shape, {"handle": handle, "passphrase": "correct horse battery"})


def read_by(script: str, description: dict[str, Any]) -> Any:
    """Return what a program of tests/clients prints about a description."""
    command = ["node", CLIENTS / script]
    run = subprocess.run(command, input=orjson.dumps(description), stdout=subprocess.PIPE, timeout=200, check=True)
    return orjson.loads(run.stdout)


def errors(read: dict[str, Any]) -> list[dict[str, Any]]:
    return [complaint for complaint in read["complaints"] if complaint["severity"] == ERROR]
