"""A kind of record that nobody knew of is in both client databases as soon as it has a table and commands."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from marshmallow import fields, validate

from schemas.base import Id, SpaceName, Strict, merge_rules
from schemas.table import TABLES, Column, RowCommand, table
from server.accounts.tokens import Tokens
from server.commands import access
from server.commands.context import COMMANDS, command
from server.store.accounts import AccountStore
from sync.record import Key, Record
from tests.conftest import CONFIG

pytestmark = pytest.mark.in_memory

ADAPTERS = "/api/v1/adapters"


class PutErrand(Strict):
    """Write an errand that two people have chosen, or some of its fields."""

    space = SpaceName(required=True)
    id = Id(required=True)
    text = fields.String(validate=validate.Length(1, 20), metadata={"merge": "latest"})
    done = fields.Boolean(metadata={"merge": "latest"})


class DropErrand(Strict):
    """Drop an errand."""

    space = SpaceName(required=True)
    id = Id(required=True)


@pytest.fixture
def errand() -> Iterator[None]:
    """Add the kind `errand`, as a schema file and a command file would."""
    rules = merge_rules(PutErrand)

    @command("errand.put", PutErrand)
    def put(context, args):
        """Write an errand."""
        key = Key(args["space"], "errand", args["id"])
        existing = context.reads.get(key) or Record(key.id, key.kind, key.space, access.writer(context, key.space))
        return [context.merged(existing, {name: args[name] for name in rules if name in args}, rules)]

    @command("errand.drop", DropErrand)
    def drop(context, args):
        """Drop an errand."""
        access.writer(context, args["space"])
        return [replace(context.reads.get(Key(args["space"], "errand", args["id"]))).tombstone()]

    wish = RowCommand("errand.put", {"space": "space", "id": "id", "text": "text", "done": "done"})
    table(
        "errand",
        {"text": Column("string"), "done": Column("boolean")},
        shared=True,
        create=wish,
        updates=(wish,),
        delete=RowCommand("errand.drop", {"space": "space", "id": "id"}),
    )
    yield
    del TABLES["errand"], COMMANDS["errand.put"], COMMANDS["errand.drop"]


@pytest.fixture
def call(errand, world, ann):
    """Return a function that sends a request as ann, and the answer."""
    caller = ann.transport.caller
    AccountStore(world.mongo).add_device(caller.device, ann.user, "phone", world.time)
    token, _ = Tokens(CONFIG.secret_keys).access(caller, world.time)
    client = world.parts.app.test_client()

    def call(method, path, body=None):
        answer = client.open(
            f"{ADAPTERS}/{path}", method=method, json=body, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    return call


def test_its_schemas_are_handed_out(call):
    tables = {table["name"]: table["columns"] for table in call("GET", "watermelondb/schema")["tables"]}
    assert [column["name"] for column in tables["errand"]] == ["space", "author", "first_seq", "text", "done"]
    schema = call("GET", "rxdb/schemas")["collections"]["errand"]["schema"]
    assert schema["properties"]["done"] == {"type": "boolean", "default": False}


def test_its_rows_are_pulled_pushed_and_corrected_in_watermelondb(call, sam, ann, pair):
    created = {"id": "s1", "space": pair, "text": "walk by the river on Sunday", "done": False}
    call("POST", "watermelondb/sync", {"errand": {"created": [created], "updated": [], "deleted": []}})
    pulled = call("GET", "watermelondb/sync")
    (row,) = pulled["changes"]["errand"]["updated"]
    assert (row["id"], row["text"], row["done"]) == ("s1", "walk by the river on", False)
    edited = {**row, "done": True, "_status": "updated", "_changed": "done"}
    last = f"?last_pulled_at={pulled['timestamp']}"
    call("POST", f"watermelondb/sync{last}", {"errand": {"created": [], "updated": [edited], "deleted": []}})
    pulled = call("GET", f"watermelondb/sync{last}")
    assert [row["done"] for row in pulled["changes"]["errand"]["updated"]] == [True]
    sam.pull()
    assert [record["data"]["done"] for record in sam.records("errand")] == [True]
    last = f"?last_pulled_at={pulled['timestamp']}"
    call("POST", f"watermelondb/sync{last}", {"errand": {"created": [], "updated": [], "deleted": ["s1"]}})
    assert call("GET", f"watermelondb/sync{last}")["changes"]["errand"]["deleted"] == ["s1"]


def test_its_documents_are_pulled_and_pushed_in_rxdb(call, sam, pair):
    new = {"id": "s1", "space": pair, "text": "walk", "done": False, "_deleted": False}
    assert call("POST", "rxdb/errand/push", [{"newDocumentState": new}]) == []
    page = call("POST", "rxdb/errand/pull", {"checkpoint": None, "batchSize": 10})
    (document,) = page["documents"]
    done = {**document, "done": True}
    assert call("POST", "rxdb/errand/push", [{"newDocumentState": done, "assumedMasterState": document}]) == []
    edited = {**document, "text": "run"}
    (master,) = call("POST", "rxdb/errand/push", [{"newDocumentState": edited, "assumedMasterState": document}])
    assert (master["text"], master["done"]) == ("walk", True)
    page = call("POST", "rxdb/errand/pull", {"checkpoint": page["checkpoint"], "batchSize": 10})
    assert [document["done"] for document in page["documents"]] == [True]
    sam.pull()
    assert [record["data"] for record in sam.records("errand")] == [{"text": "walk", "done": True}]
