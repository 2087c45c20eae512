"""Storing a change set: one transaction, in which each write requires the state that its decision was based on."""

import time
from collections.abc import Iterator
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from server.store import documents
from server.store.change_set import ChangeSet
from server.store.database import DURABLE, Document, Mongo

SUSPECT = 60.0  # seconds in which an abandoned transaction may still hold locks
FASTER = {11000, 112}  # codes that mean that another worker was faster: duplicate key, write conflict
LARGEST_TRANSACTION = 2_000_000  # characters of one transaction: the embedded database hangs at about 15 MB
COMMITS = 3  # attempts of one commit, if its answer is lost


class TooMuch(Exception):
    """The change set is larger than one transaction can hold: store it in parts."""


class Moved(Exception):
    """Something changed since it was read: decide again."""


class AbandonedTransactions:
    """Transactions whose end is not known, because the database did not answer in time.

    The database may still hold their locks: MongoDB for a minute, the embedded database for ever. So for SUSPECT
    seconds, while the answer may still be on its way, their sessions are killed by id before anything else is stored.
    """

    def __init__(self, database: Mongo) -> None:
        self._admin = database.client.admin
        self._sessions: list[tuple[float, Any]] = []

    def add(self, session_id: Any) -> None:
        """Remember a session whose transaction was abandoned."""
        self._sessions.append((time.monotonic() + SUSPECT, session_id))

    def end(self) -> None:
        """End the transactions of the remembered sessions; raises PyMongoError."""
        self._sessions = [(until, session) for until, session in self._sessions if until > time.monotonic()]
        if self._sessions:
            self._admin.command("killSessions", [session for _, session in self._sessions])


def store(database: Mongo, change_set: ChangeSet, abandoned: AbandonedTransactions) -> None:
    """Store a change set with its ledger rows; raises Moved, TooMuch, or a PyMongoError if it cannot be stored."""
    require_room(change_set)
    with database.client.start_session(causal_consistency=False) as session:
        session.start_transaction(write_concern=DURABLE)
        try:
            for command in commands(change_set):
                _run(database, command, session)
            _commit(session)
        except PyMongoError as error:
            if error.timeout or isinstance(error, ConnectionFailure):
                abandoned.add(session.session_id)
            if session.in_transaction:
                session.abort_transaction()
            raise _explained(error) from error


def prove(database: Mongo) -> None:
    """Prove that what was stored last is on the disk, by one more write; raises PyMongoError if it is not known.

    A database whose disk fills up at this moment answers one commit as stored that is not, and then nothing more. So
    where the disk is nearly full, a commit counts only once a later write is answered as well.
    """
    database.leases.update_one({"_id": "proof"}, {"$inc": {"writes": 1}}, upsert=True)


def require_room(change_set: ChangeSet) -> None:
    """Raise TooMuch for a change set that is larger than LARGEST_TRANSACTION."""
    changed = [record for part in change_set.parts.values() for record in part.changed.values()]
    if sum(len(str(record.data)) + len(str(record.hidden)) for record in changed) > LARGEST_TRANSACTION:
        raise TooMuch


def commands(change_set: ChangeSet) -> Iterator[Document]:
    """Give the database commands that store a change set: one for all inserts, or all updates, in one collection.

    pymongo's `bulk_write` is not used: it processes each write in Python, which takes longer than the database needs
    to do the write.
    """
    moved = {space: part for space, part in sorted(change_set.parts.items()) if part.is_moved}
    changed = [(part.stored[key], record) for part in change_set.parts.values() for key, record in part.changed.items()]
    yield _insert("records", [documents.encode(record) for before, record in changed if before is None])
    yield _update(
        "records",
        [
            {"q": {"space": before.space, "seq": before.seq}, "u": documents.encode(record)}
            for before, record in changed
            if before is not None
        ],
    )
    yield _insert("spaces", [part.row.document(space) for space, part in moved.items() if part.base.head == 0])
    yield _update(
        "spaces",
        [
            {"q": {"_id": space, "head": part.base.head}, "u": {"$set": part.row.changes(part.base)}}
            for space, part in moved.items()
            if part.base.head != 0
        ],
    )
    yield _insert("ledger", change_set.rows)


def _insert(collection: str, writes: list[Document]) -> Document:
    return {"insert": collection, "ordered": True, "documents": writes}


def _update(collection: str, writes: list[Document]) -> Document:
    return {"update": collection, "ordered": True, "updates": writes}


def _run(database: Mongo, command: Document, session: ClientSession) -> None:
    """Run one command; raises OperationFailure if any of its writes does not find the state that it requires."""
    writes = command["documents"] if "insert" in command else command["updates"]
    if not writes:
        return
    answer = database.command(command, session=session)
    for error in answer.get("writeErrors", ()):
        raise OperationFailure("A write was refused.", error["code"])
    if answer["n"] != len(writes):
        raise OperationFailure("What was to be changed is not as it was.", 112)


def _commit(session: ClientSession) -> None:
    """Commit, and repeat the commit if its answer is lost: a commit is idempotent. Raises Moved or a PyMongoError."""
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
    """Return Moved for an error that means that another worker was faster, else the error itself."""
    if error.has_error_label("TransientTransactionError"):
        return Moved()
    return Moved() if isinstance(error, OperationFailure) and error.code in FASTER else error
