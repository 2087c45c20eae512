"""Records in a database of the tests, as they are stored (sealed) and with their content opened."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from server.sealing.master_keys import MasterKeys
from server.store.data_keys import DataKeys
from server.store.documents import SEALED, Records
from server.store.push_tokens import PushTokens
from sync.record import Record

MASTER_KEY = b"a master key for tests, 32 bytes"
MASTER_KEYS = b64encode(MASTER_KEY).decode()  # the setting, for servers that are started

Row = dict[str, Any]


def records_of(mongo: Any) -> Records:
    """Return the records of a database, which opens and seals what they contain."""
    return Records(mongo, DataKeys(mongo, MasterKeys([MASTER_KEY])))


def push_tokens(mongo: Any) -> PushTokens:
    """Return the push tokens of the devices in a database."""
    return PushTokens(mongo, records_of(mongo).keys)


def decoded(mongo: Any, rows: Iterable[Row]) -> list[Record]:
    return records_of(mongo).decode(rows)


def encoded(mongo: Any, records: Sequence[Record]) -> list[Row]:
    return records_of(mongo).encode(records)


def opened(mongo: Any, row: Row) -> Row:
    """Return a stored document with its content opened; a document with a destroyed key is a tombstone."""
    [record] = decoded(mongo, [row])
    return _with(row, record)


def stored(mongo: Any, where: Mapping[str, Any] | None = None) -> list[Row]:
    """Return all stored documents, or those that match a filter, with their content opened; sorted by `_id`.

    The filter can only use fields that are stored in the clear.
    """
    rows = list(mongo.records.find(where or {}).sort("_id"))
    return [_with(*both) for both in zip(rows, decoded(mongo, rows), strict=True)]


def to_be_read(mongo: Any, where: Mapping[str, Any] | None = None) -> str:
    """Return documents as text, as stored and opened, so that a test can search for what must not be there."""
    return repr([*mongo.records.find(where or {}), *stored(mongo, where)])


def whole(mongo: Any) -> str:
    """Return a whole database as text, as stored and opened."""
    return repr([list(mongo[name].find()) for name in mongo.list_collection_names()]) + to_be_read(mongo)


def lay_open(mongo: Any) -> None:
    """Store all records of a database in the clear, as versions without sealing did."""
    for row in stored(mongo):
        mongo.records.replace_one({"_id": row["_id"]}, row)


def reseal(mongo: Any, record: Record) -> None:
    """Replace the stored record that has the same key."""
    [document] = encoded(mongo, [record])
    assert mongo.records.replace_one({"_id": document["_id"]}, document).matched_count == 1


def _with(row: Row, record: Record) -> Row:
    clear = {field: value for field, value in row.items() if field not in {SEALED, "data", "hidden"}}
    if record.deleted:
        return {**clear, "deleted": True}
    return {**clear, "data": dict(record.data), **({"hidden": dict(record.hidden)} if record.hidden else {})}
