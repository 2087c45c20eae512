"""How a record is stored in the collection `records`: as one document, with its key as `_id`."""

from server.store.database import Document
from sync.clock import Stamp
from sync.record import FAR, STREAMS, Key, Record


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
