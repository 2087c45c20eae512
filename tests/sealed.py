"""Records as they lie in a database of the tests, sealed and opened."""

from collections.abc import Iterable, Sequence
from typing import Any

from server.sealing.master_keys import MasterKeys
from server.store.data_keys import DataKeys
from server.store.documents import Records
from sync.record import Record

MASTER_KEY = b"a master key for tests, 32 bytes"


def records_of(mongo: Any) -> Records:
    """Return the records of a database, which opens and seals what they contain."""
    return Records(mongo, DataKeys(mongo, MasterKeys([MASTER_KEY])))


def decoded(mongo: Any, rows: Iterable[dict[str, Any]]) -> list[Record]:
    return records_of(mongo).decode(rows)


def encoded(mongo: Any, records: Sequence[Record]) -> list[dict[str, Any]]:
    return records_of(mongo).encode(records)


def opened(mongo: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Return a stored document with its content in its place."""
    [record] = decoded(mongo, [row])
    return {**row, "data": dict(record.data), "hidden": dict(record.hidden)}
