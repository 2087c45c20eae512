"""Apps with an RxDB database, and raw requests to their endpoints."""

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.adapters.documented import WRITTEN, documented
from tests.adapters.program import Program
from tests.phone import Wire
from tests.waiting import PATIENCE

FILES = ("session", "beside", "events", "conflicts", "rebuild", "collections", "app", "chat", "matching", "trust")
SOON = PATIENCE  # seconds within which an expected change must be visible
BLANK = {
    "message": {
        "author": "",
        "first_seq": 0,
        "text": "",
        "sent_at": 1,
        "edited": False,
        "origin": "person",
        "hard_to_say": False,
    },
    "note": {"first_seq": 0, "title": "", "body": ""},
    "profile": {"first_seq": 0, "name": "", "pronouns": "", "about": "", "languages": {}},
    "position": {"first_seq": 0, "where": "", "delivered": 0, "read": 0},
}


def program() -> Program:
    """Start Node with the files of docs/rxdb.md: unchanged for RxDB 17, and with other imports for RxDB 16."""
    pages = [documented("rxdb", f"{file}.mjs") for file in FILES]
    older = WRITTEN / "rxdb16"
    older.mkdir(parents=True, exist_ok=True)
    for page in pages:
        _write(older / page.name, page.read_text().replace('from "rxdb', 'from "rxdb16'))
    return Program("rxdb.mjs", pages[0].parent, older)


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(f".{uuid.uuid4().hex}")
    draft.write_text(text)
    draft.replace(path)


def eventually(check: Callable[[], Any], seconds: float = SOON) -> Any:
    """Return the result of a check as soon as it is true. On failure the message holds the last result."""
    end = time.monotonic() + seconds
    while not (seen := check()):
        assert time.monotonic() < end, f"not within {seconds} s; at last {seen!r}"
        time.sleep(0.05)  # the app runs in Node, and cannot tell us when its rows have changed
    return seen


def same(expected: Any, look: Callable[[], Any], seconds: float = SOON) -> None:
    """Wait until `look` returns the expected value."""
    end = time.monotonic() + seconds
    while (seen := look()) != expected and time.monotonic() < end:
        time.sleep(0.05)  # the app runs in Node, and cannot tell us when its rows have changed
    assert seen == expected, f"{seen!r} is not {expected!r}"


class App:
    """One database of one device; ``again`` is the name of a closed database to open again."""

    def __init__(self, node: Program, **opening: Any) -> None:
        self.node, self.name = node, opening.pop("again", None) or f"app-{uuid.uuid4().hex[:12]}"
        self.closed = False
        what = "documented" if opening.pop("documented", False) else "open"
        self.collections = self.do(what, **opening)

    def do(self, what: str, **wish: Any) -> Any:
        return self.node.do(what, name=self.name, **wish)

    def say(self, space: str, text: str, **more: Any) -> str:
        return self.do("say", space=space, text=text, **more)

    def insert(self, collection: str, row: str | None = None, **fields: Any) -> str:
        return self.do("insert", collection=collection, row={"id": row or str(uuid.uuid4()), **fields})

    def patch(self, collection: str, row: str, **fields: Any) -> None:
        self.do("patch", collection=collection, row=row, fields=fields)

    def remove(self, collection: str, row: str) -> None:
        self.do("remove", collection=collection, row=row)

    def rows(self, collection: str) -> dict[str, Wire]:
        return {row["id"]: row for row in self.do("rows", collection=collection)}

    def cells(self, collection: str, name: str) -> dict[str, Any]:
        """Return {row id: value} of one field."""
        return {row: cells.get(name) for row, cells in self.rows(collection).items()}

    def texts(self, space: str) -> list[str]:
        """Return the messages of a space in the order in which they are shown."""
        rows = sorted(self.rows("message").values(), key=lambda row: row["first_seq"] or 2**53)
        return [row["text"] for row in rows if row["space"] == space]

    def pending(self, collection: str) -> list[str]:
        return sorted(self.do("pending", collection=collection))

    def pushed(self, collection: str, seconds: float = SOON) -> None:
        """Wait until the server has answered all writes of this database."""
        same([], lambda: self.pending(collection), seconds)

    def resync(self, *collections: str) -> None:
        for collection in collections or self.collections:
            self.do("resync", collection=collection)

    def fault(self, on: str, **fault: Any) -> None:
        self.do("fault", on=on, **fault)

    def offline(self) -> None:
        self.do("offline", offline=True)

    def online(self) -> None:
        self.do("offline", offline=False)
        self.resync()

    def connected(self) -> None:
        """Wait for the live connection."""
        eventually(lambda: self.do("connected"))

    def errors(self) -> list[Wire]:
        return self.do("errors")

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.do("close")


class Bare:
    """Raw requests, also such as no library would send, and their full answers."""

    def __init__(self, address: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.Client(base_url=f"{address}/api/v1/adapters/rxdb", headers=headers, timeout=30)

    def pull(self, collection: str, checkpoint: Wire | None = None, batch: int = 100, **more: Any) -> Wire:
        body = {"checkpoint": checkpoint, "batchSize": batch, **more}
        return self.good(self.http.post(f"{collection}/pull", json=body))

    def all(self, collection: str, checkpoint: Wire | None = None, batch: int = 1000) -> tuple[dict[str, Wire], Wire]:
        """Pull as RxDB does, until a page is not full; return {row id: document} and the checkpoint."""
        found: dict[str, Wire] = {}
        while True:
            page = self.pull(collection, checkpoint, batch)
            found |= {document["id"]: document for document in page["documents"]}
            checkpoint = page["checkpoint"]
            if len(page["documents"]) < batch:
                return found, checkpoint

    def push(self, collection: str, *rows: Wire) -> list[Wire]:
        return self.good(self.http.post(f"{collection}/push", json=list(rows)))

    def schemas(self) -> Wire:
        return self.good(httpx.get(f"{self.http.base_url}schemas", timeout=30))["collections"]

    @staticmethod
    def good(response: httpx.Response) -> Any:
        assert response.status_code == 200, response.text
        return response.json()

    def close(self) -> None:
        self.http.close()


def drawn(collection: str, row: str | None = None, **fields: Any) -> Wire:
    """Return a document as an app would make it."""
    return {"id": row or str(uuid.uuid4()), **BLANK[collection], **fields}


def new(document: Wire) -> Wire:
    """Return the row that creates a document."""
    return {"newDocumentState": {"_deleted": False, **document}}


def change(master: Wire, **fields: Any) -> Wire:
    """Return the row that changes a document whose master state is known."""
    return {"newDocumentState": {**master, **fields}, "assumedMasterState": master}


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema as a validating client reads it: without undeclared fields."""
    properties = {**schema["properties"], "_deleted": {"type": "boolean"}}
    return {
        **schema,
        "properties": properties,
        "required": [*schema["required"], "_deleted"],
        "additionalProperties": False,
    }
