"""Client databases of people in this process: the rows that they have, and what they push."""

import itertools
import json
from typing import Any

import jsonschema_rs

from schemas.table import TABLES
from server.accounts.tokens import Tokens
from server.store.accounts import AccountStore
from tests.adapters.rxdb import closed
from tests.conftest import CONFIG
from tests.sync.conftest import ADAPTERS

JSON = {
    (table.kind, name) for table in TABLES.values() for name, it in table.columns.items() if it.type in {"json", "list"}
}

MADE = {"id", "_status", "_changed"}

NUMBERS = itertools.count()


class Client:
    """What both libraries do alike: rows, and what the person changes in them."""

    def __init__(self, world, phone):
        caller = phone.transport.caller
        device = f"app-{next(NUMBERS)}-of-{caller.user}"
        caller = type(caller)(caller.user, device, caller.role)
        AccountStore(world.mongo).add_device(device, caller.user, "app", world.time)
        self.world, self.caller = world, caller
        self.local: dict[str, dict[str, Any]] = {table: {} for table in TABLES}

    def call(self, method, path, body=None):
        token, _ = Tokens(CONFIG.secret_keys).access(self.caller, self.world.time)
        answer = self.world.parts.app.test_client().open(
            f"{ADAPTERS}/{path}", method=method, json=body, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def only(self, table):
        """Return the one row of a table, as the person sees it."""
        self.pull()
        [row] = self.local[table].values()
        return {name: self.read(table, name, value) for name, value in row.items() if name not in MADE}

    def the_one(self, table):
        [row] = self.local[table]
        return row


class Melon(Client):
    """Speaks as WatermelonDB: all columns always, JSON as text, and the names of the columns that were changed."""

    last = ""

    def read(self, table, name, value):
        return json.loads(value) if (table, name) in JSON and value else value

    def cell(self, table, name, value):
        return json.dumps(value) if (table, name) in JSON else value

    def create(self, table, row, **cells):
        blank = {name: {"number": 0, "boolean": False}.get(it.type, "") for name, it in TABLES[table].columns.items()}
        blank |= {name: None for name, it in TABLES[table].columns.items() if it.optional}
        made = {name: self.cell(table, name, value) for name, value in cells.items()}
        self.push(table, created=[{"id": row, "_status": "created", "_changed": "", **blank, **made}])

    def change(self, table, row, **cells):
        self.pull()
        self.push(table, updated=[self.changed(table, row, **cells)])

    def changed(self, table, row, **cells):
        mine = self.local[table][row] | {name: self.cell(table, name, value) for name, value in cells.items()}
        return {**mine, "_status": "updated", "_changed": ",".join(cells)}

    def delete(self, table, row):
        self.push(table, deleted=[row])

    def push(self, table, **arrays):
        arrays = {"created": [], "updated": [], "deleted": [], **arrays}
        self.call("POST", f"watermelondb/sync?last_pulled_at={self.last}", {table: arrays})

    def pull(self):
        page = self.call("GET", f"watermelondb/sync?last_pulled_at={self.last}")
        for table, arrays in page["changes"].items():
            self.local[table] |= {row["id"]: row for row in arrays["updated"]}
            for row in arrays["deleted"]:
                self.local[table].pop(row, None)
        self.last = page["timestamp"]


class Rx(Client):
    """Speaks as RxDB: documents that fit their schema, each pushed with the assumed state of the server."""

    def __init__(self, world, phone):
        super().__init__(world, phone)
        self.checkpoints: dict[str, Any] = {}
        schemas = self.call("GET", "rxdb/schemas")["collections"]
        self.schemas = {kind: collection["schema"] for kind, collection in schemas.items()}

    def read(self, _table, _name, value):
        return value

    def create(self, table, row, **cells):
        fields = self.schemas[table]["properties"]
        empty = {name: field["default"] for name, field in fields.items() if "default" in field}
        self.push(table, {"newDocumentState": {"id": row, **empty, **cells, "_deleted": False}})

    def change(self, table, row, **cells):
        self.pull()
        self.push(table, self.changed(table, row, **cells))

    def changed(self, table, row, **cells):
        assumed = {**self.local[table][row], "_deleted": False}
        return {"newDocumentState": {**assumed, **cells}, "assumedMasterState": assumed}

    def delete(self, table, row):
        self.push(table, self.changed(table, row, _deleted=True))

    def push(self, table, row):
        jsonschema_rs.validate(closed(self.schemas[table]), row["newDocumentState"])
        for master in self.call("POST", f"rxdb/{table}/push", [row]):
            self.take(table, master)

    def pull(self):
        for table in TABLES:
            body = {"checkpoint": self.checkpoints.get(table), "batchSize": 1000}
            page = self.call("POST", f"rxdb/{table}/pull", body)
            self.checkpoints[table] = page["checkpoint"]
            for document in page["documents"]:
                jsonschema_rs.validate(closed(self.schemas[table]), document)
                self.take(table, document)

    def take(self, table, document):
        gone = document.pop("_deleted")
        self.local[table].pop(document["id"], None)
        if not gone:
            self.local[table][document["id"]] = document
