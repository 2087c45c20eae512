"""How a record is stored in the collection `records`: as one document, with its key as `_id`."""

from collections.abc import Iterable
from typing import Any

from pymongo import ASCENDING
from pymongo.collection import Collection

from server.store.database import Document
from sync.clock import Stamp
from sync.record import FAR, STREAMS, Key, Record

DELETED_AT_ONCE = 1_000  # records
EVERYTHING = 2**53 - 1  # past the last seq of any space
SHARDED = "Sharded"  # pymongo's name for a cluster that is reached through routers
KEYS_PER_QUERY = 5000  # records read by `_id` in one query

Records = Collection[Document]


def name(key: Key) -> str:
    """Return the `_id` of a record. No part of a key can contain a bar."""
    return "|".join(key)


def encode(record: Record) -> Document:
    """Return a record as a document; empty fields are left out."""
    document: Document = {
        "_id": name(record.key),
        "space": record.space,
        "kind": record.kind,
        "stream": record.kind in STREAMS,
        "id": record.id,
        "seq": record.seq,
        "first_seq": record.first_seq,
    }
    if record.deleted:
        return {**document, "deleted": True}
    document |= {"author": record.author, "data": record.data}
    if record.stamps:
        document["stamps"] = {field: list(stamp) for field, stamp in record.stamps.items()}
    if record.hidden:
        document["hidden"] = record.hidden
    if record.due is not None:
        document["live"] = record.kind
    if record.due is not None and record.due < FAR:
        document["due"] = record.due
    return document


def decode(document: Document) -> Record:
    """Return the record of a document."""
    return Record(
        id=document["id"],
        kind=document["kind"],
        space=document["space"],
        author=document.get("author", ""),
        data=document.get("data", {}),
        stamps={field: Stamp(*stamp) for field, stamp in document.get("stamps", {}).items()},
        hidden=document.get("hidden", {}),
        seq=document["seq"],
        first_seq=document["first_seq"],
        deleted=document.get("deleted", False),
        due=document.get("due", FAR) if "live" in document else None,
    )


def find(records: Records, keys: Iterable[Key]) -> dict[Key, Record]:
    """Return the stored records under these keys; a tombstone is returned as a tombstone."""
    wanted, found = list(dict.fromkeys(keys)), list[Record]()
    for start in range(0, len(wanted), KEYS_PER_QUERY):
        where = named(records, wanted[start : start + KEYS_PER_QUERY])
        found += [decode(row) for row in records.find(where)]
    return {record.key: record for record in found}


def delete(records: Records, space: str, until: int = EVERYTHING, *, tombstones_only: bool = False) -> int:
    """Delete the records of a space up to a seq, or only its tombstones, in portions; return how many."""
    after, deleted = 0, 0
    while True:
        where = {"space": space, "seq": {"$gt": after, "$lte": until}}
        rows = list(records.find(where, {"seq": 1, "deleted": 1}).sort("seq", ASCENDING).limit(DELETED_AT_ONCE))
        if not rows:
            return deleted
        after = rows[-1]["seq"]
        seqs = [row["seq"] for row in rows if "deleted" in row or not tombstones_only]
        deleted += records.delete_many({"space": space, "seq": {"$in": seqs}}).deleted_count


def named(records: Records, keys: Iterable[Key]) -> Document:
    """Return the condition that finds records by their keys.

    On a sharded cluster it names the spaces as well, so that only the shards of these spaces are asked. The embedded
    database would read the whole collection for such a condition, which no index has all fields of.
    """
    keys = list(keys)
    where: dict[str, Any] = {"_id": {"$in": [name(key) for key in keys]}}
    if records.database.client.topology_description.topology_type_name == SHARDED:
        where["space"] = {"$in": list({key.space for key in keys})}
    return where
