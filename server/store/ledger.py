"""The ledger: what became of every mutation, kept so that a repeated one is answered and not done again.

A row is stored in the same transaction as the records it speaks of. It names them and holds none of their
content, so erasing a record erases it here as well; it is kept for ever (at least 400 days is promised).
"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from schemas.errors import IdTaken, Refused
from server.store.database import Document, Mongo
from sync.record import Key, Record

DIGEST = 32  # characters of a digest: 128 bits


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one mutation: the records it changed, or the refusal."""

    name: str  # "<user>|<mutation id>": an id means something only within its user
    digest: str  # of the command and its arguments
    keys: tuple[Key, ...] = ()
    refusal: Document | None = None

    def require_same(self, digest: str) -> None:
        """Raise IdTaken if the mutation that comes again is another one."""
        if len(self.digest) == len(digest) and self.digest != digest:  # older rows hold a longer one, without a key
            raise IdTaken("Another mutation was sent with this id; make a new id for each.", field="id")

    def row(self, now: int) -> Document:
        """Return the entry as it is stored."""
        row: Document = {"_id": self.name, "digest": self.digest, "at": now}
        if self.refusal is not None:
            return {**row, "refusal": self.refusal}
        return {**row, "keys": [list(key) for key in self.keys]}


def entry(name: str, digest: str, records: Iterable[Record]) -> Entry:
    """Return the entry of a mutation that was done."""
    return Entry(name, digest, tuple(record.key for record in records))


def refused(name: str, digest: str, refusal: Refused) -> Entry:
    """Return the entry of a mutation that was refused."""
    return Entry(name, digest, refusal=refusal.body())


def find(database: Mongo, names: list[str]) -> dict[str, Entry]:
    """Return the entries that are stored under these names."""
    return {row["_id"]: _read(row) for row in database.ledger.find({"_id": {"$in": names}})} if names else {}


def since(database: Mongo, at: int, portion: int) -> Iterator[list[tuple[str, tuple[Key, ...]]]]:
    """Give what was done since a time in ms, some at once: (user, the records that changed)."""
    cursor = database.ledger.find({"at": {"$gte": at}}, {"keys": 1})
    while rows := list(islice(cursor, portion)):
        yield [(row["_id"].partition("|")[0], tuple(Key(*key) for key in row.get("keys", ()))) for row in rows]


def digest(secret: bytes, command: str, args: Any) -> str:
    """Return a fingerprint of what a mutation asks, the same for any order of its fields.

    It outlives what it is of. So it needs the server's key: whoever has the database alone cannot try what it was.
    """
    return hmac.digest(secret, orjson.dumps([command, args], option=orjson.OPT_SORT_KEYS), "sha256").hex()[:DIGEST]


def _read(row: Document) -> Entry:
    return Entry(row["_id"], row["digest"], tuple(Key(*key) for key in row.get("keys", [])), row.get("refusal"))
