"""How a record is stored in the collection `records`: as one document, with its key as `_id`, its content sealed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import structlog
from cryptography.exceptions import InvalidTag
from pymongo import ASCENDING
from pymongo.collection import Collection

import server.commands  # noqa: F401 — the import registers the content fields of each kind
from schemas.content import CONTENT, goes_with_author, without_writer
from schemas.errors import TryLater
from server.sealing.ciphertext import sealed, unsealed
from server.sealing.master_keys import Tampered, UnknownMasterKey
from server.sealing.parts import DATA, HIDDEN, Apart, Owner, owners, place, put_together, taken_apart
from server.sealing.writers import COPIES, with_writers
from server.store.data_keys import DataKey, DataKeys, MissingKey
from server.store.database import Document, Mongo
from sync.clock import Stamp
from sync.record import FAR, STREAMS, Key, Record, Wire, shown

log = structlog.get_logger()

Keys = Mapping[bytes, DataKey]  # {id: data key}
Found = TypeVar("Found")

DELETED_AT_ONCE = 1_000  # records
EVERYTHING = 2**53 - 1  # past the last seq of any space
SHARDED = "Sharded"  # pymongo's name for a cluster that is reached through routers
KEYS_PER_QUERY = 5000  # records read by `_id` in one query
LASTING = ("membership",)  # kinds whose tombstones stay: an erasure finds by them the spaces that a user has left
SEALED = "sealed"  # the field of a document with its sealed parts: {purpose: [[id of the data key, sealed part]…]}
ERASED = {"erased": True}  # hidden data of a record whose content was erased, until it is stored without the content


def name(key: Key) -> str:
    """Return the `_id` of a record. No part of a key can contain a bar."""
    return "|".join(key)


def _document(record: Record, apart: Apart) -> Document:
    """Return a record as a document without its content; empty fields are left out."""
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
    document |= {"author": record.author, "data": apart.data}
    if record.stamps:
        document["stamps"] = {field: list(stamp) for field, stamp in record.stamps.items()}
    if apart.hidden:
        document["hidden"] = apart.hidden
    if record.due is not None:
        document["live"] = record.kind
    if record.due is not None and record.due < FAR:
        document["due"] = record.due
    return document


def _record(document: Document, data: Mapping[str, Any], hidden: Mapping[str, Any]) -> Record:
    """Return the record of a document, with the given data and hidden data, in which content is not sealed."""
    stamps = document.get("stamps")
    return Record(  # positional: keyword arguments take a tenth longer, and a phone that was away reads very many
        document["id"],
        document["kind"],
        document["space"],
        document.get("author", ""),
        data,
        {field: Stamp._make(stamp) for field, stamp in stamps.items()} if stamps else {},
        hidden,
        document["seq"],
        document["first_seq"],
        document.get("deleted", False),
        document.get("due", FAR) if "live" in document else None,
    )


def _clear(document: Document) -> Record:
    """Return the record of a document that is stored as it is: it has no content, or is not sealed yet."""
    record = _record(document, document.get(DATA, {}), document.get(HIDDEN, {}))
    is_noted = record.deleted or record.kind not in COPIES or "writers" in record.hidden
    return record if is_noted else with_writers(record, None)


class Erased(RuntimeError):
    """Content to be stored could never be read: the key of its writer is destroyed."""


class Records:
    """The collection `records`, whose content is sealed. Only this class encodes and decodes records."""

    def __init__(self, database: Mongo, keys: DataKeys) -> None:
        self.database, self.keys, self.collection = database, keys, database.records

    def encode(self, records: Sequence[Record]) -> list[Document]:
        """Return records as documents, with their content sealed by keys that are made if need be; raises Erased."""
        apart = [taken_apart(record) for record in records]
        wanted = owners(apart)
        keys = self.keys.of(wanted) if wanted else {}
        return [self._encoded(record, one, keys) for record, one in zip(records, apart, strict=True)]

    def decode(self, documents: Iterable[Document]) -> list[Record]:
        """Return the records of documents, with their content opened; raises TryLater if some of it cannot be opened.

        A record is returned as a tombstone if its author's key is destroyed and nobody else has written in it.
        """
        return self._read(documents, self._opened)

    def changes(self, documents: Iterable[Document]) -> list[Wire]:
        """Return the records of documents as phones see them: `decode` and `Record.change` in one step.

        Raises TryLater if some content cannot be opened.
        """
        return self._read(documents, self._shown)

    def _read(self, documents: Iterable[Document], read: Callable[[Document, Keys], Found]) -> list[Found]:
        """Return what ``read`` returns for each document and the keys of all of them; raises TryLater."""
        found = list(documents)
        ids = {name for row in found if SEALED in row for parts in row[SEALED].values() for name, _ in parts}
        try:
            keys = self.keys.by_id(ids) if ids else {}
            return [read(row, keys) for row in found]
        except (MissingKey, UnknownMasterKey, Tampered, InvalidTag) as error:
            log.exception("what is stored cannot be opened")
            raise TryLater("Something that is stored cannot be opened now.", retry_after=60) from error

    def readable(self, documents: Iterable[Document]) -> list[Record]:
        """Return the records of documents, except those that cannot be opened, which must not block the others."""
        found = list(documents)
        try:
            return self.decode(found)
        except TryLater:
            one_by_one = list[Record]()
            for row in found:
                with suppress(TryLater):
                    one_by_one += self.decode([row])
            return one_by_one

    def find(self, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return the stored records under these keys; a tombstone is returned as a tombstone."""
        wanted, found = list(dict.fromkeys(keys)), list[Record]()
        for start in range(0, len(wanted), KEYS_PER_QUERY):
            where = named(self.collection, wanted[start : start + KEYS_PER_QUERY])
            found += self.decode(self.collection.find(where))
        return {record.key: record for record in found}

    def _encoded(self, record: Record, apart: Apart, keys: Mapping[Owner, DataKey]) -> Document:
        document = _document(record, apart)
        parts: dict[str, list[list[bytes]]] = {}
        for purpose, owner, values in apart.parts:
            key = keys[owner]
            if key.cipher is not None:
                about = place(record.space, record.kind, record.id, purpose)
                parts.setdefault(purpose, []).append([key.id, sealed(key.cipher, key.id, values, about)])
            elif any(values.values()):
                raise Erased("Somebody writes whose key is destroyed: their account is being deleted.")
            elif purpose != HIDDEN:
                document["data"] = {field: without_writer(record.kind, field) for field in values} | document["data"]
        return {**document, SEALED: parts} if parts else document

    def _shown(self, row: Document, keys: Keys) -> Wire:
        """Return the record of a document as phones see it."""
        data = _plain(row, keys)
        if data is None:
            return self._opened(row, keys).change()
        stamps = row.get("stamps")
        at = max(stamps.values()) if stamps else None
        return shown(row["id"], row["kind"], row["space"], row["seq"], row["first_seq"], at, row["author"], data)

    def _opened(self, row: Document, keys: Keys) -> Record:
        """Return the record of a document; ``hidden["erased"]`` is set if some of its content was erased."""
        if SEALED not in row:
            return _clear(row)
        plain = _plain(row, keys)
        if plain is not None:
            return _record(row, plain, row.get(HIDDEN) or {})
        space, kind, name = row["space"], row["kind"], row["id"]
        data, hidden = dict(row[DATA]), dict(row.get(HIDDEN, ()))
        gone, is_anything_left = list[bytes](), False
        for purpose, parts in row[SEALED].items():
            about = place(space, kind, name, purpose)
            for key, blob in parts:
                cipher = keys[key].cipher
                if cipher is None:
                    gone.append(key)
                else:
                    put_together(kind, hidden if purpose == HIDDEN else data, unsealed(cipher, key, blob, about))
                    is_anything_left = True
        if not gone:
            return _record(row, data, hidden)
        if not is_anything_left and self._is_authors_alone(row, gone):
            return _record({**row, "stamps": {}, "deleted": True}, {}, ERASED)
        blank = {field: without_writer(kind, field) for field in CONTENT[kind].data}
        return _record(row, blank | data, hidden | ERASED)

    def _is_authors_alone(self, row: Document, gone: Sequence[bytes]) -> bool:
        """Tell whether a record has no content but its author's, and the author's key is among the destroyed ones."""
        return goes_with_author(row["kind"]) and self.keys.id_of(Owner(row["author"], row["space"])) in gone


def _plain(row: Document, keys: Keys) -> dict[str, Any] | None:
    """Return the data of a record with one sealed part, from one writer. Most records are like this, as messages are.

    Return None for any other record, and if the key of the writer is destroyed.
    """
    sealed_parts = row.get(SEALED)
    if sealed_parts is None or len(sealed_parts) != 1 or DATA not in sealed_parts:
        return None
    kind, parts = row["kind"], sealed_parts[DATA]
    if len(parts) != 1 or not CONTENT[kind].is_plain:
        return None
    [(key, blob)] = parts
    cipher = keys[key].cipher
    if cipher is None:
        return None
    values = unsealed(cipher, key, blob, place(row["space"], kind, row["id"], DATA))
    return {**row[DATA], **values}


def delete(records: Collection[Document], space: str, until: int = EVERYTHING, *, tombstones_only: bool = False) -> int:
    """Delete the records of a space up to a seq, in portions; return how many.

    ``tombstones_only``: delete only tombstones, and keep those of LASTING kinds.
    """
    after, deleted = 0, 0
    while True:
        where = {"space": space, "seq": {"$gt": after, "$lte": until}}
        rows = list(
            records.find(where, {"seq": 1, "kind": 1, "deleted": 1}).sort("seq", ASCENDING).limit(DELETED_AT_ONCE)
        )
        if not rows:
            return deleted
        after = rows[-1]["seq"]
        seqs = [row["seq"] for row in rows if not tombstones_only or ("deleted" in row and row["kind"] not in LASTING)]
        deleted += records.delete_many({"space": space, "seq": {"$in": seqs}}).deleted_count


def named(records: Collection[Document], keys: Iterable[Key]) -> Document:
    """Return the condition that finds records by their keys.

    On a sharded cluster the condition includes the spaces, so that only the shards of these spaces are asked. With such
    a condition the embedded database would read the whole collection, because no index has all of its fields.
    """
    keys = list(keys)
    where: dict[str, Any] = {"_id": {"$in": [name(key) for key in keys]}}
    if records.database.client.topology_description.topology_type_name == SHARDED:
        where["space"] = {"$in": list({key.space for key in keys})}
    return where
