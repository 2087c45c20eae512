"""Storing a change set: one transaction, in which each write requires the state that its decision was based on."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure, PyMongoError

from server.store import layout
from server.store.change_set import ChangeSet
from server.store.database import Document, Mongo
from server.store.documents import Records
from server.store.sessions import TOO_LARGE, Sessions, Unanswered

TOGETHER = 25  # the wire version of MongoDB 8, which takes writes to several collections in one command
FEW = 12  # writes sent in one command at most: with more, the embedded database takes longer than with several commands
CONFLICT, TRANSIENT = 112, "TransientTransactionError"  # the code and the label of a write conflict
LARGEST_TRANSACTION = 2_000_000  # characters of one transaction: the embedded database hangs at about 15 MB


class TooMuch(Exception):
    """The change set is larger than one transaction can hold: store it in parts."""


class Outdated(Exception):
    """A newer version of Beside has raised the layout number: this worker must not store any more."""


class Moved(Exception):
    """A document has changed since it was read: decide again."""


MEANING: Mapping[int, Callable[[], Exception]] = {  # {error code: the exception that is raised for it}
    11000: Moved,  # duplicate key: another worker was faster
    CONFLICT: Moved,
    layout.REFUSED: Outdated,
    **dict.fromkeys(TOO_LARGE, TooMuch),
}


def store(records: Records, change_set: ChangeSet, sessions: Sessions) -> None:
    """Store a change set with its ledger rows; raises Unanswered if it is not known whether it is stored.

    If the change set is not stored, raises Moved, TooMuch, Outdated or a PyMongoError.
    """
    require_room(change_set)
    try:
        writes = [one for one in commands(records, change_set) if _writes(one)]
        with sessions.transaction() as session:
            if _is_one_command(records.database, writes):
                _run_together(records.database, writes, session)
            else:
                for command in writes:
                    _run(records.database, command, session)
    except PyMongoError as error:
        raise _explained(error) from error


def prove(database: Mongo) -> None:
    """Prove by one more write that the last commit is on the disk; raises Unanswered if that is not known.

    A database whose disk fills up acknowledges one commit that is not stored, and then answers nothing more. So where
    the disk is nearly full, a commit counts only after a later write is acknowledged as well.
    """
    try:
        database.leases.update_one({"_id": "proof"}, {"$inc": {"writes": 1}}, upsert=True)
    except PyMongoError as error:
        raise Unanswered from error


def require_room(change_set: ChangeSet) -> None:
    """Raise TooMuch for a change set that is larger than LARGEST_TRANSACTION."""
    changed = [record for part in change_set.parts.values() for record in part.changed.values()]
    if sum(len(str(record.data)) + len(str(record.hidden)) for record in changed) > LARGEST_TRANSACTION:
        raise TooMuch


def commands(records: Records, change_set: ChangeSet) -> Iterator[Document]:
    """Give the database commands that store a change set: one for all inserts, or all updates, in one collection.

    pymongo's `bulk_write` is not used: it processes each write in Python, which takes longer than the database needs
    to do the write.
    """
    moved = {space: part for space, part in sorted(change_set.parts.items()) if part.is_moved}
    changed = [(part.stored[key], record) for part in change_set.parts.values() for key, record in part.changed.items()]
    documents = records.encode([record for _, record in changed])
    written = [(before, document) for (before, _), document in zip(changed, documents, strict=True)]
    yield _insert("records", [document for before, document in written if before is None])
    replaced = [(before, document) for before, document in written if before is not None]
    yield _update("records", [{"q": {"space": one.space, "seq": one.seq}, "u": document} for one, document in replaced])
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


def _writes(command: Document) -> list[Document]:
    """Return the documents to insert, or the updates."""
    writes: list[Document] = command["documents"] if "insert" in command else command["updates"]
    return writes


def _is_one_command(database: Mongo, commands: list[Document]) -> bool:
    """Tell whether some commands are sent as one: they are few writes, and every server is MongoDB 8 or later."""
    is_known = (database.client.topology_description.common_wire_version or 0) >= TOGETHER
    return is_known and sum(len(_writes(command)) for command in commands) <= FEW


def _run_together(database: Mongo, commands: list[Document], session: ClientSession) -> None:
    """Run commands as one, to save round trips: a round trip takes longer than a write.

    Raises OperationFailure if any of the writes does not find the state that it requires.
    """
    collections = list(dict.fromkeys(_collection(command) for command in commands))
    operations = [one for command in commands for one in _operations(command, collections.index(_collection(command)))]
    spaces = [{"ns": f"{database.name}.{name}"} for name in collections]
    together = {"bulkWrite": 1, "ops": operations, "nsInfo": spaces, "errorsOnly": True}
    answer = database.client.admin.command(together, session=session)
    _require(answer["cursor"]["firstBatch"], answer["nInserted"] + answer["nMatched"], len(operations))


def _run(database: Mongo, command: Document, session: ClientSession) -> None:
    """Run one command; raises OperationFailure if any of its writes does not find the state that it requires."""
    answer = database.command(command, session=session)
    _require(answer.get("writeErrors", ()), answer["n"], len(_writes(command)))


def _require(errors: Sequence[Document], written: int, count: int) -> None:
    """Raise OperationFailure for the first error, or if fewer documents were written than ``count``."""
    for error in errors:
        labels = [TRANSIENT] if error["code"] == CONFLICT else []
        raise OperationFailure("A write was refused.", error["code"], {"errorLabels": labels})
    if written != count:
        raise OperationFailure("What was to be changed is not as it was.", CONFLICT)


def _collection(command: Document) -> str:
    return str(command.get("insert") or command["update"])


def _operations(command: Document, place: int) -> Iterator[Document]:
    """Give the writes of a command as operations of `bulkWrite`; ``place`` is the collection's index in `nsInfo`."""
    for document in command.get("documents", ()):
        yield {"insert": place, "document": document}
    for one in command.get("updates", ()):
        yield {"update": place, "filter": one["q"], "updateMods": one["u"]}


def _explained(error: PyMongoError) -> Exception:
    """Return the exception that MEANING has for an error, Moved for a write conflict, or else the error itself."""
    if error.has_error_label(TRANSIENT):
        return Moved()
    if not isinstance(error, OperationFailure):
        return error
    return MEANING.get(error.code or 0, lambda: error)()
