"""Which fields of a kind of record are content: what people write, and what can be told from it about them.

Content is stored sealed, with a key of the account that wrote it, and it is gone once this key is destroyed. It is
declared beside the shape of each kind. The fields that no kind declares are stored as they are: queries and timers use
them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from schemas.table import TABLES

CONTENT: dict[str, "Content"] = {}
WHOLE = ""  # for fields `by_member`: not one field of each entry is content, but the whole entry


class Content(NamedTuple):
    """The fields of one kind that are content."""

    data: frozenset[str]
    hidden: frozenset[str]
    by_member: Mapping[str, str]  # {field {member: entry}: the field of each entry that is content, or WHOLE}
    apart: frozenset[str]  # fields of ``data`` that are sealed by themselves: large ones, which some reads leave out
    of_space: frozenset[str]  # fields of ``data`` that belong to the space and not to one account
    is_plain: bool  # whether nothing of it is ``by_member``, ``apart`` or ``of_space``


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
    """Return what stands in place of a field of data that was erased: the value of a field that was never set.

    Kinds that no phone has keep mappings in the fields that are content.
    """
    table = TABLES.get(kind)
    column = table.columns.get(field) if table is not None else None
    return {} if column is None else column.nothing


def goes_with_author(kind: str) -> bool:
    """Tell whether a record of a kind is gone once all of its content is.

    What Beside keeps itself, of specialists and peers, stays without their content, until nothing needs it any more.
    """
    return kind in TABLES and not CONTENT[kind].by_member
