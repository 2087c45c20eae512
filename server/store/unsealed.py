"""Seals the content that versions of Beside before sealing have stored: space by space, while the server runs.

Each record is updated in place, on condition of its seq: a record that changes meanwhile is sealed by that change. The
progress is stored, so that sealing continues after an interruption.
"""

from collections.abc import Iterator
from typing import NamedTuple

from bson import encode

from schemas.content import CONTENT
from server.commands import access
from server.sealing.writers import with_writers
from server.store.database import Document, Mongo
from server.store.documents import SEALED, Records
from server.store.identities import IdentityStore
from server.store.push_tokens import PushTokens
from server.store.reader import rows_ahead

PROGRESS = "sealing"  # _id in the collection `migrations`
AT_ONCE = 200  # records read at once
LARGEST = 4_000_000  # bytes of one command
SPACES_AT_ONCE = 200


class Progress(NamedTuple):
    """How many spaces are sealed, and how many there are."""

    done: int
    spaces: int


def begin(database: Mongo) -> None:
    """Store that the records of this database have to be sealed, or, if there are none, that sealing is done."""
    is_done = database.records.find_one() is None
    row = {"after": "", "is_done": is_done}
    database.migrations.update_one({"_id": PROGRESS}, {"$setOnInsert": row}, upsert=True)


def is_done(database: Mongo) -> bool:
    """Tell whether everything is sealed."""
    row = database.migrations.find_one({"_id": PROGRESS})
    return row is not None and bool(row["is_done"])


def seal(records: Records) -> Iterator[Progress]:
    """Seal everything, and give the progress after each portion of spaces."""
    database = records.database
    names = sorted(row["_id"] for row in database.spaces.find({}, {"_id": 1}))
    after = (database.migrations.find_one({"_id": PROGRESS}) or {}).get("after", "")
    left = [name for name in names if name > after]
    for start in range(0, len(left), SPACES_AT_ONCE):
        some = left[start : start + SPACES_AT_ONCE]
        for space in some:
            seal_space(records, space)
        database.migrations.update_one({"_id": PROGRESS}, {"$set": {"after": some[-1]}})
        yield Progress(len(names) - len(left) + start + len(some), len(names))
    PushTokens(database, records.keys).seal_older()
    IdentityStore(database, records.keys).rename_older()
    database.migrations.update_one({"_id": PROGRESS}, {"$set": {"is_done": True}})


def seal_space(records: Records, space: str) -> None:
    """Seal the content that is stored unsealed in a space, with the keys of its writers."""
    key = access.shared_space_key(space)
    pairing = records.find([key]).get(key) if key is not None else None
    head, after = (records.database.spaces.find_one({"_id": space}) or {"head": 0})["head"], 0
    while rows := rows_ahead(records.collection, {"space": space}, "seq", after, head, AT_ONCE):
        after = rows[-1]["seq"]
        open_ = [row for row in rows if row["kind"] in CONTENT and SEALED not in row and "deleted" not in row]
        sealed = records.encode([with_writers(record, pairing) for record in records.decode(open_)])
        for some in _portions([one for one in sealed if SEALED in one]):
            updates = [{"q": {"space": space, "seq": one["seq"]}, "u": _change(one)} for one in some]
            records.database.command({"update": "records", "ordered": False, "updates": updates})


def _portions(documents: list[Document]) -> Iterator[list[Document]]:
    """Give documents in portions that one command can hold; a large one is alone."""
    some, size = list[Document](), 0
    for document in documents:
        length = len(encode(document))
        if some and size + length > LARGEST:
            yield some
            some, size = [], 0
        some.append(document)
        size += length
    if some:
        yield some


def _change(document: Document) -> Document:
    """Return the update that seals a record. It sets no other field, such as the due time, which may have changed."""
    fields = {name: document[name] for name in ("data", "hidden", SEALED) if name in document}
    return {"$set": fields} if "hidden" in document else {"$set": fields, "$unset": {"hidden": 1}}
