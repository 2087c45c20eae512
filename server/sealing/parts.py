"""A record taken apart for storage: fields that are stored in the clear, and content, in one part for each writer.

The content of one record can have several writers, each with a key of their own. So the content of one writer can be
erased without that of the others. Each sealed part is bound to its place, so it cannot be exchanged for another.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from schemas.content import CONTENT, WHOLE, Content
from sync.record import Record, is_private, space_id

DATA, HIDDEN = "data", "hidden"  # purposes of parts; a field that is sealed by itself has its name as its purpose


class Owner(NamedTuple):
    """The owner of a data key: a member, or the user of a private space. ``member`` is "" for the space's own key."""

    member: str
    space: str


class Part(NamedTuple):
    """Fields of one writer, to be sealed together."""

    purpose: str
    owner: Owner
    values: dict[str, Any]


class Apart(NamedTuple):
    """A record taken apart."""

    data: Mapping[str, Any]  # stored in the clear, as is ``hidden``
    hidden: Mapping[str, Any]
    parts: list[Part]


def taken_apart(record: Record) -> Apart:
    """Return a record as it is stored: fields that queries and timers use in the clear, and the content in parts."""
    content = CONTENT.get(record.kind)
    if content is None or record.deleted:
        return Apart(record.data, record.hidden, [])
    if content.is_plain and "writers" not in record.hidden:
        return _by_author(record, content)
    data, hidden, parts = dict(record.data), dict(record.hidden), dict[tuple[str, Owner], dict[str, Any]]()
    for purpose, owner, field, value in _content(record, content):
        (hidden if purpose == HIDDEN else data).pop(field, None)
        parts.setdefault((purpose, owner), {})[field] = value
    for field, inner in content.by_member.items():
        entries = record.data.get(field)
        if entries:
            data[field] = {} if inner == WHOLE else {who: _without(entry, inner) for who, entry in entries.items()}
            for who, entry in entries.items():
                if inner == WHOLE or inner in entry:
                    own = parts.setdefault((DATA, Owner(who, record.space)), {}).setdefault(field, {})
                    own[who] = entry if inner == WHOLE else {inner: entry[inner]}
    return Apart(data, hidden, [Part(*of, values) for of, values in parts.items()])


def _by_author(record: Record, content: Content) -> Apart:
    """Take apart a record whose author wrote all of its content, as in most records, such as messages."""
    data, hidden, owner, parts = dict(record.data), record.hidden, Owner(record.author, record.space), list[Part]()
    values = {field: data.pop(field) for field in content.data if field in data}
    if values:
        parts.append(Part(DATA, owner, values))
    kept = {field: hidden[field] for field in content.hidden if field in hidden}
    if kept:
        hidden = {field: value for field, value in hidden.items() if field not in kept}
        parts.append(Part(HIDDEN, owner, kept))
    return Apart(data, hidden, parts)


def put_together(kind: str, data: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Add the values of an opened part to ``data``, which may be the hidden data of the record."""
    by_member = CONTENT[kind].by_member
    if not by_member or not by_member.keys() & values.keys():
        data.update(values)
        return
    for field, value in values.items():
        if field not in by_member:
            data[field] = value
        elif by_member[field] == WHOLE:
            data[field] = {**data.get(field, {}), **value}
        else:
            clear = data.get(field, {})
            data[field] = {**clear, **{who: {**clear.get(who, {}), **entry} for who, entry in value.items()}}


def writer(record: Record, field: str) -> Owner:
    """Return the owner of the key for a field of a record: the writer of the field."""
    written_by = record.hidden.get("writers", {}).get(field, record.author)
    return Owner(space_id(written_by), written_by) if is_private(written_by) else Owner(written_by, record.space)


def place(space: str, kind: str, name: str, purpose: str) -> bytes:
    """Return the text that binds a sealed part to its place, for a record named ``name``."""
    return f"{space}|{kind}|{name}|{purpose}".encode()


def owners(apart: Iterable[Apart]) -> set[Owner]:
    """Return the owners of the keys that are needed to seal records."""
    return {part.owner for one in apart for part in one.parts}


def _content(record: Record, content: Content) -> Iterator[tuple[str, Owner, str, Any]]:
    """Give (purpose, owner, field, value) of each content field of a record that has a value."""
    for field in content.data & record.data.keys():
        owner = Owner("", record.space) if field in content.of_space else writer(record, field)
        yield (field if field in content.apart else DATA), owner, field, record.data[field]
    for field in content.hidden & record.hidden.keys():
        yield HIDDEN, writer(record, field), field, record.hidden[field]


def _without(entry: Mapping[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != field}
