"""Sealing what a version of Beside has stored that did not seal: space by space, while everything goes on.

Each record is sealed in its place, on condition of its seq: what is changed meanwhile is sealed by that change. How far
it has come is stored, so it goes on after an interruption.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from schemas.content import CONTENT
from server.commands import access
from server.store.database import Document, Mongo
from server.store.documents import SEALED, Records
from server.store.reader import rows_ahead
from sync.record import Record, private

PROGRESS = "sealing"  # _id in the collection `migrations`
AT_ONCE = 200  # records sealed with one command
SPACES_AT_ONCE = 200


class Progress(NamedTuple):
    """How far it has come, counted in spaces."""

    done: int
    spaces: int


def begin(database: Mongo) -> None:
    """Note that what is stored has to be sealed; nothing has to be in an empty database."""
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
            _seal_space(records, space)
        database.migrations.update_one({"_id": PROGRESS}, {"$set": {"after": some[-1]}})
        yield Progress(len(names) - len(left) + start + len(some), len(names))
    database.migrations.update_one({"_id": PROGRESS}, {"$set": {"is_done": True}})


def _seal_space(records: Records, space: str) -> None:
    key = access.shared_space_key(space)
    pairing = records.find([key]).get(key) if key is not None else None
    head, after = (records.database.spaces.find_one({"_id": space}) or {"head": 0})["head"], 0
    while rows := rows_ahead(records.collection, {"space": space}, "seq", after, head, AT_ONCE):
        after = rows[-1]["seq"]
        open_ = [row for row in rows if row["kind"] in CONTENT and SEALED not in row and "deleted" not in row]
        sealed = records.encode([_with_writers(record, pairing) for record in records.decode(open_)])
        updates = [{"q": {"space": space, "seq": one["seq"]}, "u": _change(one)} for one in sealed if SEALED in one]
        if updates:
            records.database.command({"update": "records", "ordered": False, "updates": updates})


def _change(document: Document) -> Document:
    """Return the update that seals a record. What is not content, such as the due time, may change meanwhile."""
    fields = {name: document[name] for name in ("data", "hidden", SEALED) if name in document}
    return {"$set": fields} if "hidden" in document else {"$set": fields, "$unset": {"hidden": 1}}


def _with_writers(record: Record, pairing: Record | None) -> Record:
    """Return a record with the writers of those fields that its author has not written, as commands note them now."""
    writers = dict(_writers(record, pairing))
    return replace(record, hidden={**record.hidden, "writers": writers}) if writers else record


def _writers(record: Record, pairing: Record | None) -> Iterator[tuple[str, str]]:
    """Give (field, writer) of a record that was stored before its writers were noted."""
    hidden, kind = record.hidden, record.kind
    if kind == "offer":
        yield from ((field, private(hidden["peer"])) for field in CONTENT[kind].data | CONTENT[kind].hidden)
    elif kind == "call":
        yield from ((field, private(hidden["user"])) for field in ("words", "said"))
    elif kind == "supervision":
        yield "specialist", private(hidden["specialist"])
    elif kind == "debrief":
        other = private(hidden["other"][0])
        yield from ((field, other) for field in (("answer",) if record.data["by"] is None else ("words", "messages")))
    elif pairing is not None:
        yield from _of_two(record, pairing)


def _of_two(record: Record, pairing: Record) -> Iterator[tuple[str, str]]:
    users = pairing.hidden["users"]
    others = [member for member in users if member != record.author]
    specialist = next((member for member, user in users.items() if user == pairing.hidden["specialist"]), "")
    if record.kind == "question" and record.data.get("answer") is not None and others:
        yield "answer", others[0]
    elif record.kind == "step" and record.author == specialist and "text" in record.stamps and others:
        yield "text", others[0]
    elif record.kind == "handover" and specialist:
        yield "words", specialist
