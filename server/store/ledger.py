"""The ledger: the result of every mutation, so that a repeated mutation is answered and not done again.

A row is stored in the same transaction as the records that the mutation changed. The row holds the keys of these
records and none of their content, so a record that is erased leaves no content here. Rows are kept until the account of
their user is deleted (at least 400 days is promised).
"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson
import uuid_utils

from schemas.errors import IdTaken, Refused
from server.store.database import Document, Mongo
from server.store.layout import LAYOUT
from sync.record import Key, Record

FORGOTTEN_AT_ONCE = 1_000  # entries
RECENT_ROWS = 2_000  # entries of one user looked through for recent pushes
AFTER_ALL_IDS = "g"  # larger than any id that begins with a hexadecimal digit
RANDOM_FROM = 14  # characters of a UUIDv7 that say its time
DIGEST = 32  # characters of a digest: 128 bits


@dataclass(frozen=True, slots=True)
class PushOfRows:
    """One commit of a client database's push; a push of many rows is stored in several commits."""

    id: str  # the same for all commits of a push
    device: str
    keys: tuple[Key, ...]  # of the records that the rows of this commit stand for, changed or not


@dataclass(frozen=True, slots=True)
class Entry:
    """The result of one mutation: the records it changed, or the refusal."""

    name: str  # "<user>|<mutation id>": mutation ids are unique within one user only
    digest: str  # of the command and its arguments
    keys: tuple[Key, ...] = ()
    refusal: Document | None = None
    at: int = 0  # ms since the epoch, of the server's clock; 0: not stored yet
    by: str = ""  # the worker that stored it
    push: PushOfRows | None = None  # set if the entry is of rows of a client database, not of a mutation

    def require_same(self, digest: str) -> None:
        """Raise IdTaken if the mutation that was sent with this id now is a different one."""
        # Older rows hold a longer digest, made without the secret; it cannot be compared.
        if len(self.digest) == len(digest) and self.digest != digest:
            raise IdTaken("Another mutation was sent with this id; make a new id for each.", field="id")

    def row(self, now: int, by: str) -> Document:
        """Return the entry as a worker stores it at a time in ms."""
        row: Document = {"_id": self.name, "digest": self.digest, "at": now, "by": by, "layout": LAYOUT}
        if self.refusal is not None:
            return {**row, "refusal": self.refusal}
        if self.push is not None:
            others = [list(key) for key in self.push.keys if key not in self.keys]
            row["push"] = {"id": self.push.id, "device": self.push.device, "others": others}
        return {**row, "keys": [list(key) for key in self.keys]}


def entry(name: str, digest: str, records: Iterable[Record], push: PushOfRows | None = None) -> Entry:
    """Return the entry of a mutation that was done."""
    return Entry(name, digest, tuple(record.key for record in records), push=push)


def refused(name: str, digest: str, refusal: Refused) -> Entry:
    """Return the entry of a mutation that was refused."""
    return Entry(name, digest, refusal=refusal.body())


def find(database: Mongo, names: list[str]) -> dict[str, Entry]:
    """Return the entries that are stored under these names."""
    return {row["_id"]: _read(row) for row in database.ledger.find({"_id": {"$in": names}})} if names else {}


def find_settled(database: Mongo, names: list[str]) -> dict[str, Entry]:
    """Return the final entries under some names. The sessions of abandoned commits must have been killed before.

    The update changes nothing. Its answer means that everything before it is on a majority of the servers.
    """
    database.ledger.update_many({"_id": {"$in": names}}, {"$max": {"at": 0}})
    return find(database, names)


def forget(database: Mongo, user: str) -> None:
    """Remove the entries of a user whose account is deleted: nobody can repeat these mutations any more."""
    where = {"_id": {"$gt": f"{user}|", "$lt": f"{user}}}"}}
    while names := [row["_id"] for row in database.ledger.find(where, {"_id": 1}).limit(FORGOTTEN_AT_ONCE)]:
        database.ledger.delete_many({"_id": {"$in": names}})


def since(database: Mongo, at: int, portion: int) -> Iterator[list[tuple[str, tuple[Key, ...]]]]:
    """Give the mutations done since a time in ms, in portions: (user, keys of the records that changed)."""
    cursor = database.ledger.find({"at": {"$gte": at}}, {"keys": 1})
    while rows := list(islice(cursor, portion)):
        yield [(user_of(row["_id"]), tuple(Key(*key) for key in row.get("keys", ()))) for row in rows]


def pushed(database: Mongo, user: str, device: str, since: int, recent: int) -> set[Key]:
    """Return the keys of the rows that a device has pushed since a time in ms, in recent pushes.

    A push is recent if its last commit was after the time ``recent`` (ms). It may not have ended yet.
    """
    where = {"$gte": f"{user}|{uuid_at(since)}", "$lt": f"{user}|{AFTER_ALL_IDS}"}
    rows = [row for row in database.ledger.find({"_id": where}).limit(RECENT_ROWS) if "push" in row]
    theirs = [row for row in rows if row["push"]["device"] == device]
    alive = {row["push"]["id"] for row in theirs if row["at"] > recent}
    return {Key(*key) for row in theirs if row["push"]["id"] in alive for key in (*row["keys"], *row["push"]["others"])}


def uuid_at(ms: int) -> str:
    """Return the smallest UUIDv7 of a time in ms. UUIDv7 of later times are larger, also when compared as text."""
    digits = f"{max(ms, 0):012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"


def new_id(now: int) -> str:
    """Return a new UUIDv7 for a time in ms of the server's clock."""
    return uuid_at(now)[:RANDOM_FROM] + str(uuid_utils.uuid7())[RANDOM_FROM:]


def user_of(name: str) -> str:
    """Return the user of an entry, from the name of the entry."""
    return name.partition("|")[0]


def digest(secret: bytes, command: str, args: Any) -> str:
    """Return a fingerprint of a command and its arguments, the same for any order of their fields.

    The digest is kept longer than the content it was made of. So it is an HMAC with the server's secret: a person who
    has only the database cannot find the content by guessing.
    """
    return hmac.digest(secret, orjson.dumps([command, args], option=orjson.OPT_SORT_KEYS), "sha256").hex()[:DIGEST]


def _read(row: Document) -> Entry:
    keys = tuple(Key(*key) for key in row.get("keys", []))
    return Entry(row["_id"], row["digest"], keys, row.get("refusal"), row["at"], row.get("by", ""))
