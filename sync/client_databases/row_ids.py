"""The id of a record's row. Pure: ids are computed, never looked up.

The id of a record is unique within its space and kind; the id of a row must be unique within a whole table. So that no
user can give a row the id of another user's row, a row that this user made keeps the id that their app gave it, and
all other rows carry a mark of their space:

=================================  ====================  ==================
made by                            id of the record      id of the row
=================================  ====================  ==================
this user, in a client database    ``<id>.<own mark>``   ``<id>``
anybody else, and native phones    ``<id>``              ``<id>.<mark>``
=================================  ====================  ==================

An own mark is made from the id, the space, and the user's account id. Other members of the space are never told the
account id, so they cannot make this mark. Only tables in shared spaces whose rows are named by clients need marks; in
all other tables both ids are the same.
"""

from base64 import b32encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256

from schemas.table import Table
from sync.record import Key, Record, private

MARK = 11  # characters
LONGEST_ROW_ID = 128  # characters of the id of a row


class RowIdScheme:
    """Translates between row ids and record ids for one user, who may read some spaces."""

    def __init__(self, user: str, spaces: Mapping[str, str]) -> None:
        """Take the user, and ``{space: member}`` for all that they may read."""
        self.user, self.spaces = user, spaces

    def row(self, table: Table, record: Record) -> str:
        """Return the id of a record's row."""
        return self.other(table, record.space, record.id)

    def other(self, table: Table, space: str, record_id: str) -> str:
        """Return the id of the row of any record, by its table, space and id."""
        if not table.named_by_client:
            return record_id
        given = record_id[:-MARK]
        return given if record_id == given + _mark(space, self.user, given) else record_id + _of_space(space)

    def record(self, table: Table, space: str, row_id: str) -> str:
        """Return the id of the record that a row of a space stands for."""
        mark = _of_space(space)
        if not table.named_by_client:
            return row_id
        return row_id.removesuffix(mark) if row_id.endswith(mark) else row_id + _mark(space, self.user, row_id)

    def key(self, table: Table, space: str, row_id: str) -> Key:
        """Return the key of the record that a row of a space stands for."""
        return Key(space, table.kind, self.record(table, space, row_id))

    def keys(self, table: Table, row_id: str) -> list[Key]:
        """Return the keys that a row can stand for, one for each space where its record may be."""
        return [self.key(table, space, row_id) for space in self.readable(table)]

    def readable(self, table: Table) -> list[str]:
        """Return the spaces where this user's records of a table may be."""
        own = private(self.user)
        return [space for space in self.spaces if space != own] if table.shared else [own]


@lru_cache(10_000)
def _of_space(space: str) -> str:
    return _mark(space)


def _mark(*of: str) -> str:
    """Return a dot and ten random-looking characters: the mark of a space, or of a space, a user and an id."""
    digest = sha256("\0".join(("beside row", *of)).encode()).digest()
    return "." + b32encode(digest[:10]).decode()[: MARK - 1].lower()
