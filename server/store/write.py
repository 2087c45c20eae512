"""Storing a draft: one transaction, each write under the condition it was decided on."""

from typing import Any

from pymongo import InsertOne, ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, PyMongoError

from server.records import Record
from server.store import documents
from server.store.database import Document, Mongo
from server.store.draft import Draft
from server.store.orphans import Orphans

DUPLICATE = 11000
LARGEST = 2_000_000  # characters of one transaction: the embedded database hangs at some 15 MB
COMMITS = 3  # times a commit is asked for whose answer was lost

Write = InsertOne[Document] | ReplaceOne[Document] | UpdateOne


class TooMuch(Exception):
    """More than one transaction can hold: store it in parts."""


class Moved(Exception):
    """Something changed since it was read: decide again."""


def store(database: Mongo, draft: Draft, rows: list[Document], orphans: Orphans) -> None:
    """Store a draft and its ledger rows together; raises Moved, TooMuch, or a PyMongoError if it cannot be stored."""
    if sum(_length(record) for part in draft.parts.values() for record in part.changed.values()) > LARGEST:
        raise TooMuch
    writes = {"records": _records(draft), "spaces": _heads(draft), "ledger": [InsertOne(row) for row in rows]}
    with database.client.start_session(causal_consistency=False) as session:
        session.start_transaction()
        try:
            for name, requests in writes.items():
                _write(database, name, requests, session)
            _commit(session)
        except PyMongoError as error:
            if error.timeout or isinstance(error, ConnectionFailure):
                orphans.add(session.session_id)
            if session.in_transaction:
                session.abort_transaction()
            raise _explained(error) from error


def _length(record: Record) -> int:
    return len(str(record.data)) + len(str(record.hidden))


def _records(draft: Draft) -> list[Any]:
    """Return the writes of the changed records, in order of space and seq."""
    writes: list[Write] = []
    for _, part in sorted(draft.parts.items()):
        for record in sorted(part.changed.values(), key=lambda record: record.seq):
            before, document = part.stored[record.key], documents.encode(record)
            if before is None:
                writes.append(InsertOne(document))
            else:
                writes.append(ReplaceOne({"space": before.space, "seq": before.seq}, document))
    return writes


def _heads(draft: Draft) -> list[Any]:
    """Return the writes of the heads that move, in order of space."""
    writes: list[Write] = []
    for space, part in sorted(draft.parts.items()):
        if part.head != part.base and part.base == 0:
            writes.append(InsertOne({"_id": space, "head": part.head}))
        elif part.head != part.base:
            writes.append(UpdateOne({"_id": space, "head": part.base}, {"$set": {"head": part.head}}))
    return writes


def _write(database: Mongo, name: str, requests: list[Any], session: ClientSession) -> None:
    """Do the writes of one collection; each must find exactly what it expects."""
    if requests:
        result = database[name].bulk_write(requests, ordered=True, session=session)
        if result.inserted_count + result.matched_count != len(requests):
            session.abort_transaction()
            raise Moved


def _commit(session: ClientSession) -> None:
    """Commit. If the answer is lost, ask again: to commit twice is to commit once."""
    for attempt in range(1, COMMITS + 1):
        try:
            session.commit_transaction()
            break
        except PyMongoError as error:
            if error.has_error_label("TransientTransactionError"):
                raise Moved from error
            if attempt == COMMITS or not error.has_error_label("UnknownTransactionCommitResult"):
                raise


def _explained(error: PyMongoError) -> Exception:
    """Return Moved for an error that only says that somebody else was faster, else the error itself."""
    if error.has_error_label("TransientTransactionError") or isinstance(error, DuplicateKeyError):
        return Moved()
    if isinstance(error, BulkWriteError):
        codes = {failure["code"] for failure in error.details.get("writeErrors", [])}
        if codes <= {DUPLICATE, 112} and codes:
            return Moved()
    return error
