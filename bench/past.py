"""History: messages put straight into the database, because sending them takes longer than reading them."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import uuid_utils
from pymongo import ASCENDING

from bench.client import sentence
from schemas.content import CONTENT
from server.store.database import Document, Mongo
from sync.clock import Stamp
from sync.record import Record
from tests.sealed import encoded

AUTHOR = "somebodyinthere1"
HAD = 1_000  # older messages in Node's collection, which a phone already has


def write(mongo: Mongo, spaces: Iterable[str], each: int) -> dict[str, list[str]]:
    """Add ``each`` messages to every space; return their ids by space.

    The head of a space moves last: a phone must not move past messages that are not stored yet.
    """
    written: dict[str, list[str]] = {}
    for space, head in heads(mongo, spaces).items():
        messages = [_message(space, seq) for seq in range(head + 1, head + each + 1)]
        mongo.records.insert_many(encoded(mongo, messages))
        mongo.spaces.update_one({"_id": space}, {"$set": {"head": head + each}})
        written[space] = [message.id for message in messages]
    return written


def write_for_node(mongo: Mongo, spaces: Sequence[str], count: int) -> None:
    """Add HAD older messages, which a phone has, and ``count`` newer ones to Node's collection, spaces in turn."""
    rows = [_document(spaces[seq % len(spaces)], seq) for seq in range(1, HAD + count + 1)]
    mongo.node_messages.create_index([("space", ASCENDING), ("seq", ASCENDING)])
    mongo.node_messages.insert_many(rows)


@contextmanager
def stored_as(is_sealed: bool) -> Iterator[None]:  # noqa: FBT001 — it says what it is where it is used
    """Within the block, write records sealed, or in the clear as a server that seals nothing does."""
    kept = dict(CONTENT)
    if not is_sealed:
        CONTENT.clear()
    try:
        yield
    finally:
        CONTENT.update(kept)


def heads(mongo: Mongo, spaces: Iterable[str]) -> dict[str, int]:
    """Return the last seq of each space."""
    return {row["_id"]: row["head"] for row in mongo.spaces.find({"_id": {"$in": list(spaces)}})}


def _document(space: str, seq: int) -> Document:
    """Return a message as `bench/node/server.js` stores it."""
    message = _message(space, seq)
    change = {"id": message.id, "kind": "message", "space": space, "seq": seq, "first_seq": seq, "author": AUTHOR}
    return {"_id": message.id, **change, "at": f"{message.data['sent_at']}-0", "data": message.data}


def _message(space: str, seq: int) -> Record:
    now = time.time_ns() // 1_000_000
    data = {"sent_at": now, "origin": "person", "text": sentence()}
    stamps = {"text": Stamp(now, 0, AUTHOR)}
    return Record(str(uuid_utils.uuid7()), "message", space, AUTHOR, data, stamps, seq=seq, first_seq=seq)
