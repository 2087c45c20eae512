"""Apps with WatermelonDB, and raw requests to their endpoints."""

import json
import re
from collections.abc import Iterable
from typing import Any

import httpx

from tests.adapters.program import Program
from tests.phone import Wire

PATH = "/api/v1/adapters/watermelondb"
TYPES: dict[str, type | tuple[type, ...]] = {"string": str, "number": (int, float), "boolean": bool}
ROW_ID = re.compile(r"[A-Za-z0-9_.-]+")
LAST = 2**53 - 1


class App:
    """An app with a WatermelonDB database. It has the code of docs/watermelondb.md, and runs in Node."""

    def __init__(self, program: Program, name: str, address: str, tokens: Wire, **how: Any) -> None:
        self._program, self._name = program, name
        self.do("open", address=address, tokens=tokens, **how)

    def do(self, wish: str, /, **details: Any) -> Any:
        return self._program.do(wish, app=self._name, **details)

    def begin(self, wish: str, /, **details: Any) -> int:
        return self._program.begin(wish, app=self._name, **details)

    def answer(self, number: int) -> Any:
        return self._program.answer(number)

    def sync(self, times: int = 1) -> None:
        for _ in range(times):
            self.do("sync")

    def create(self, table: str, **fields: Any) -> str:
        return self.do("create", table=table, fields=fields)

    def update(self, table: str, row: str, /, **fields: Any) -> None:
        self.do("update", table=table, row=row, fields=fields)

    def delete(self, table: str, row: str) -> None:
        self.do("delete", table=table, row=row)

    def send(self, space: str, text: str) -> str:
        return self.do("send", space=space, text=text)

    def rows(self, table: str) -> dict[str, Wire]:
        """Return the rows of a table as the app shows them, by id."""
        found = self.do("rows", table=table)
        return {row["id"]: {name: cell for name, cell in row.items() if name[0] != "_"} for row in found}

    def texts(self, space: str) -> list[str]:
        return self.do("texts", space=space)

    def everything(self, schema: Wire) -> dict[str, dict[str, Wire]]:
        return {table["name"]: self.rows(table["name"]) for table in schema["tables"]}

    def syncing_while(self, on: str, meanwhile: Any) -> None:
        """Sync, with something happening between the server's answer to the pull or push and its arrival."""
        self.do("fault", name="hold", on=on)
        running = self.begin("sync")
        self.do("reached")
        meanwhile()
        self.do("release")
        self.answer(running)

    def statuses(self) -> list[tuple[str, int]]:
        """Return the requests since the last call, with the statuses of the answers."""
        return [(exchange["on"], exchange["status"]) for exchange in self.do("exchanges")]


class Raw:
    """Raw requests to the two endpoints, also such as no app would send."""

    def __init__(self, address: str, token: str, schema: Wire) -> None:
        self.http = httpx.Client(base_url=address + PATH, timeout=30, headers={"Authorization": f"Bearer {token}"})
        self.tables = {table["name"]: table["columns"] for table in schema["tables"]}

    def ask(self, **query: Any) -> httpx.Response:
        return self.http.get("/sync", params=query)

    def pull(self, last: int | None = None, **query: Any) -> Wire:
        """Return the answer to a pull, after checking its form."""
        answer = self.ask(last_pulled_at="null" if last is None else last, schema_version=1, **query)
        assert answer.status_code == 200, answer.text
        self.check(answer.json(), query["tables"].split(",") if "tables" in query else self.tables)
        return answer.json()

    def push(self, changes: Any, last: Any = 1) -> httpx.Response:
        content = changes if isinstance(changes, bytes) else json.dumps(changes).encode()
        return self.http.post("/sync", params={"last_pulled_at": last}, content=content)

    def pushed(self, table: str, last: int | None = None, **arrays: Any) -> None:
        """Push changes of one table, and check that the push succeeds."""
        answer = self.push(only(table, **arrays), self.pull()["timestamp"] if last is None else last)
        assert answer.status_code == 200, answer.text

    def check(self, body: Wire, tables: Iterable[str]) -> None:
        """Check a body by the rules that hold for every answer to a pull that names these tables."""
        assert type(body["timestamp"]) is int
        assert 0 < body["timestamp"] <= LAST
        assert set(body) <= {"changes", "timestamp", "experimentalStrategy", "server_time"}
        assert body["changes"].keys() == set(tables)
        for table, arrays in body["changes"].items():
            assert arrays.keys() == {"created", "updated", "deleted"}
            assert arrays["created"] == []
            ids = [row["id"] for row in arrays["updated"]] + arrays["deleted"]
            assert len(ids) == len(set(ids))
            assert all(ROW_ID.fullmatch(row["id"]) for row in arrays["updated"])
            for row in arrays["updated"]:
                self._check_row(self.tables[table], row)

    def _check_row(self, columns: list[Wire], row: Wire) -> None:
        assert row.keys() == {"id"} | {column["name"] for column in columns}
        for column in columns:
            cell = row[column["name"]]
            if cell is None:
                assert column.get("isOptional"), (column, row)
            else:
                assert isinstance(cell, TYPES[column["type"]]), (column, row)
                assert type(cell) is not bool or column["type"] == "boolean", (column, row)

    def rows(self, table: str, last: int | None = None) -> dict[str, Wire]:
        return {row["id"]: row for row in self.pull(last)["changes"][table]["updated"]}


def only(table: str, **arrays: Any) -> Wire:
    """Return the body of a push of one table."""
    return {table: {"created": [], "updated": [], "deleted": [], **arrays}}


def message(space: str, row_id: str, text: str, **fields: Any) -> Wire:
    """Return a row as WatermelonDB pushes a message that was made on the phone."""
    empty = {"author": "", "first_seq": 0, "reply_to": None, "sent_at": 0, "edited": False, "origin": ""}
    drawn = {"id": row_id, "_status": "created", "_changed": "", "space": space, "text": text, "hard_to_say": False}
    return {**drawn, **empty, **fields}


def me(app: App, space: str) -> str:
    """Return the member of an app's owner in a space."""
    return next(row["member"] for row in app.rows("membership").values() if row["space"] == space)


def consistent(app: App) -> bool:
    """Let WatermelonDB sync, and compare its database with the server's, row by row."""
    found = app.do("diagnose")
    assert found["issueCount"] == 0, found["log"]
    return True
