"""What the row of a record is called. Pure: ids are worked out, never looked up.

Records have ids within their space and kind; a client database has ids within a whole table. So that nobody can
give a row of theirs the id of somebody else's, a row that this user made keeps the id their app gave it, and all
others carry a mark of their space:

=================================  ====================  ==================
made by                            id of the record      id of the row
=================================  ====================  ==================
this user, in a client database    ``<id>.<own mark>``   ``<id>``
anybody else, and native phones    ``<id>``              ``<id>.<mark>``
=================================  ====================  ==================

An own mark is made from the id, the space, and the user's account, which nobody else is ever told: so nobody else
can make one. Only tables whose rows are named by clients in shared spaces need this; elsewhere both ids are the same.
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
    """The names that rows have for one user, who may read some spaces."""

    def __init__(self, user: str, spaces: Mapping[str, str]) -> None:
        """Take the user, and ``{space: member}`` for all that they may read."""
        self.user, self.spaces = user, spaces

    def row(self, table: Table, record: Record) -> str:
        """Return the id of a record's row."""
        return self.other(table, record.space, record.id)

    def other(self, table: Table, space: str, record_id: str) -> str:
        """Return the id of the row of another record of a table and space."""
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
        """Return what names the record of a row of a space."""
        return Key(space, table.kind, self.record(table, space, row_id))

    def keys(self, table: Table, row_id: str) -> list[Key]:
        """Return all that a row can stand for, in the spaces where its record may be."""
        return [self.key(table, space, row_id) for space in self.readable(table)]

    def readable(self, table: Table) -> list[str]:
        """Return the spaces where this user's records of a table may be."""
        own = private(self.user)
        return [space for space in self.spaces if space != own] if table.shared else [own]


@lru_cache(10_000)
def _of_space(space: str) -> str:
    return _mark(space)


def _mark(*of: str) -> str:
    """Return a dot and ten letters that look random, of a space, or of an id that a user made in a space."""
    digest = sha256("\0".join(("beside row", *of)).encode()).digest()
    return "." + b32encode(digest[:10]).decode()[: MARK - 1].lower()
