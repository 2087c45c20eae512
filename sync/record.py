"""The record: the unit that is stored, synced and shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zlib import crc32

from sync.clock import Stamp
from sync.merge import Entry, merge

Wire = dict[str, Any]

FAR = 2**53 - 1  # ms since the epoch: the due time of a live record that waits for no timer
PLACE, NUMBER = 200, 8  # characters, about, of what every record has on the wire, and of a value that is no text
SHARDS = 16  # spaces over which specialists are spread, so that they do not all wait for one another

STREAMS = frozenset({"message", "note"})  # kinds that grow without end: the newest sync first, older ones on demand


class Key(NamedTuple):
    """The key of a record. Ids are unique within a space and kind, so no user can take or probe ids of other spaces."""

    space: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Record:
    """A stored, synced object. ``seq`` and ``first_seq`` are given by the store; 0 means not stored yet."""

    id: str
    kind: str
    space: str
    author: str = ""  # a member of the space; in a private space, its user
    data: Mapping[str, Any] = field(default_factory=dict)
    stamps: Mapping[str, Stamp] = field(default_factory=dict)  # of the fields that merge
    hidden: Mapping[str, Any] = field(default_factory=dict)  # data that phones never see
    seq: int = 0
    first_seq: int = 0
    deleted: bool = False
    due: int | None = None  # ms since the epoch: when the scheduler acts on it, or FAR; None: it is never due any more

    @property
    def key(self) -> Key:
        """The key of this record."""
        return Key(self.space, self.kind, self.id)

    def merged(self, values: Mapping[str, Any], stamps: Mapping[str, Stamp], rules: Mapping[str, str]) -> "Record":
        """Return the record with some fields set at their ``stamps``, by their rules; a deleted one stays deleted."""
        if self.deleted:
            return self
        ours = {name: Entry(self.data[name], at) for name, at in self.stamps.items()}
        fields = merge(ours, {name: Entry(value, stamps[name]) for name, value in values.items()}, rules)
        data = {**self.data, **{name: entry.value for name, entry in fields.items()}}
        at = {name: entry.stamp for name, entry in fields.items()}
        # Not by `dataclasses.replace`, here and below: it takes three times as long, and each message is merged.
        return Record(
            self.id, self.kind, self.space, self.author, data, at, self.hidden, self.seq, self.first_seq, due=self.due
        )

    def placed(self, seq: int, first_seq: int) -> "Record":
        """Return the record at another place in the order of its space."""
        return Record(
            self.id,
            self.kind,
            self.space,
            self.author,
            self.data,
            self.stamps,
            self.hidden,
            seq,
            first_seq,
            self.deleted,
            self.due,
        )

    def tombstone(self) -> "Record":
        """Return what is left when the record is deleted: its key and its seqs, and nothing of its content."""
        return Record(self.id, self.kind, self.space, seq=self.seq, first_seq=self.first_seq, deleted=True)

    def change(self) -> Wire:
        """Return the record as phones see it."""
        if self.deleted:
            return {**_place(self.id, self.kind, self.space, self.seq, self.first_seq), "deleted": True}
        at = max(self.stamps.values()) if self.stamps else None
        return shown(self.id, self.kind, self.space, self.seq, self.first_seq, at, self.author, self.data)


def shown(
    name: str,
    kind: str,
    space: str,
    seq: int,
    first_seq: int,
    at: Sequence[Any] | None,
    author: str,
    data: Mapping[str, Any],
) -> Wire:
    """Return a record that is not deleted as phones see it; ``name`` is its id, ``at`` the last of its stamps."""
    wire = _place(name, kind, space, seq, first_seq)
    if at is not None:
        wire["at"] = f"{at[0]}-{at[1]}"
    wire["author"], wire["data"] = author, data
    return wire


def _place(name: str, kind: str, space: str, seq: int, first_seq: int) -> Wire:
    return {"id": name, "kind": kind, "space": space, "seq": seq, "first_seq": first_seq}


def space_id(space: str) -> str:
    """Return the id after the colon in the name of a space: of its user, or of the record that its members share."""
    return space.partition(":")[2]


def dotted(space: str) -> str:
    """Return the name of a space with a dot for the colon: the id of a record about this space. No id has a colon."""
    return space.replace(":", ".", 1)


def undotted(record_id: str) -> str:
    """Return the name of the space that a record of this id is about."""
    return record_id.replace(".", ":", 1)


def private(user: str) -> str:
    """Return the name of a user's private space."""
    return f"user:{user}"


def is_private(space: str) -> bool:
    """Tell whether a space is the private space of a user."""
    return space.startswith("user:")


def pair_space(pairing: str) -> str:
    """Return the name of the space that the two users of a pairing share."""
    return f"pair:{pairing}"


def membership_key(user: str, space: str) -> Key:
    """Return the key of the record that tells a user's phones that they may read a space."""
    return Key(private(user), "membership", dotted(space))


def position_key(user: str, space: str) -> Key:
    """Return the key of the record of how far a user has received and read a space."""
    return Key(private(user), "position", dotted(space))


def membership_space(membership: Record) -> str:
    """Return the name of the space that a membership is about. This works for a tombstone, too."""
    return undotted(membership.id)


def peer_space(user: str) -> str:
    """Return the name of the space for what Beside needs to know about a peer. No user reads it."""
    return f"match:{user}"


def notification_space(user: str) -> str:
    """Return the name of the space for what a user's devices are to be notified of. No user reads it."""
    return f"bell:{user}"


def specialist_space(user: str) -> str:
    """Return the name of the space for what Beside needs to know about a specialist; several specialists share it."""
    return f"roster:{crc32(user.encode()) % SHARDS:02}"


def figures_space(search: str) -> str:
    """Return the name of the space for what is counted of a search, by its id. Several share it; no user reads it."""
    return f"figures:{crc32(search.encode()) % SHARDS:02}"


def pins_space(space: str) -> str:
    """Return the name of the space for what each user of a pairing has pinned. No user reads it."""
    return f"pins:{space_id(space)}"


def erasing_space(space: str) -> str:
    """Return the name of the space for the erasures of what was said in a shared space. No user reads it."""
    return f"erasing:{space_id(space)}"


def leaving_space(user: str) -> str:
    """Return the name of the space for the deletion of a user's account. No user reads it."""
    return f"leaving:{user}"


def corrections_space(user: str) -> str:
    """Return the name of the space of corrections for a user's client databases."""
    return f"rows:{user}"


def later_corrections_space(user: str) -> str:
    """Return the name of the space of corrections that are shown some seconds after they were stored."""
    return f"later:{user}"


def weight(data: Mapping[str, Any]) -> int:
    """Return about how many characters a record with these data has on the wire."""
    size = PLACE
    for value in data.values():
        if isinstance(value, str):
            size += len(value)
        else:
            size += len(str(value)) if isinstance(value, dict | list) else NUMBER
    return size
