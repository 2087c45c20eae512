"""Which fields of a kind of record are content: the words of people, and data from which something about them follows.

Content is stored encrypted, with a key of the account that wrote it. Nobody can read it once this key is destroyed. It
is declared beside the shape of each kind. All other fields are stored in plain: queries and timers use them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from schemas.table import TABLES

CONTENT: dict[str, "Content"] = {}
WHOLE = ""  # for fields `by_member`: the whole entry of each member is content, not only one field of it


class Content(NamedTuple):
    """The fields of one kind that are content."""

    data: frozenset[str]
    hidden: frozenset[str]
    by_member: Mapping[str, str]  # {field {member: entry}: the field of each entry that is content, or WHOLE}
    apart: frozenset[str]  # fields of ``data`` that are sealed by themselves: large ones, which some reads leave out
    of_space: frozenset[str]  # fields of ``data`` that belong to the space and not to one account
    is_plain: bool  # whether ``by_member``, ``apart`` and ``of_space`` are empty


def content(
    kind: str,
    *data: str,
    hidden: Iterable[str] = (),
    by_member: Mapping[str, str] | None = None,
    apart: Iterable[str] = (),
    of_space: Iterable[str] = (),
) -> None:
    """Declare the fields of a kind of record that are content.

    The writer of a field is the record's author, unless the record says otherwise in ``hidden["writers"]``: {field: a
    member of the space, or the private space of an account}. A field ``by_member`` has an entry of each member, who is
    its writer. A field ``of_space`` has the space itself as its writer: it lasts until all members have gone.
    """
    apart, of_space, by_member = frozenset(apart), frozenset(of_space), by_member or {}
    is_plain = not (apart or of_space or by_member)
    CONTENT[kind] = Content(frozenset(data) | apart | of_space, frozenset(hidden), by_member, apart, of_space, is_plain)


def without_writer(kind: str, field: str) -> Any:
    """Return the value that replaces an erased field of data: that of a field that was never set.

    For a field that is no column of a table it is {}: kinds that no phone has keep mappings in their content fields.
    """
    table = TABLES.get(kind)
    column = table.columns.get(field) if table is not None else None
    return {} if column is None else column.nothing


def goes_with_author(kind: str) -> bool:
    """Tell whether a record of a kind is removed once all of its content is erased.

    A record with entries of several members stays. So does a record that no phone has, about a specialist or a peer,
    until nothing needs it any more.
    """
    return kind in TABLES and not CONTENT[kind].by_member
