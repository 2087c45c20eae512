"""Parts of stories: the network between server and phones, and an account of what the server accepted."""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace

import uuid_utils

from server.bus import Bus
from server.commands.context import Caller
from server.effects import Effects
from server.effects.live_frames import Rooms
from server.store.pending import PendingMutation
from sync.clock import DRIFT, Stamp, parse
from sync.record import Record, private
from tests.conftest import World
from tests.phone import Name, Phone, Wire
from tests.sealed import decoded
from tests.transports import Direct

WRITTEN = {"message", "note", "profile"}  # kinds whose content people write


def phone_of(world: World, caller: Caller, device: str) -> Phone:
    """Return a phone of somebody, as a story needs it."""
    caller = replace(caller, device=device)
    return Phone(Direct(world.parts, caller), caller.user, device, lambda: world.time)


class Air:
    """Stands in for python-socketio's server: it knows who is in which room, and what is on its way to them."""

    def __init__(self, world: World, phones: list[Phone]) -> None:
        self.world, self.phones, self.manager = world, phones, self
        self.frames: list[tuple[Phone, Wire]] = []
        self.shown: set[tuple[str, str]] = set()  # (user, space) of every frame since somebody looked
        self.connect()

    def connect(self) -> None:
        """Connect every phone to the worker that is there now."""
        self.rooms: dict[str, set[int]] = {}
        for sid, phone in enumerate(self.phones):
            phone.transport.parts = self.world.parts
            for space in self.world.parts.reader.memberships(phone.user):
                self.enter_room(sid, space)
        rooms = Rooms(self, Bus())
        self.world.parts.group_commit._after = Effects(
            [rooms.admit], [rooms.show], {}, self.world.parts.notifications.pending.collect
        ).follow

    def enter_room(self, sid: int, room: str) -> None:
        self.rooms.setdefault(room, set()).add(sid)

    def leave_room(self, sid: int, room: str) -> None:
        self.rooms.get(room, set()).discard(sid)

    def get_participants(self, _namespace: str, room: str) -> list[tuple[int, int]]:
        return [(sid, sid) for sid in sorted(self.rooms.get(room, ()))]

    def emit(self, _event: str, frame: Wire, to: str) -> None:
        for sid, _ in self.get_participants("/", to):
            self.frames.append((self.phones[sid], frame))
            self.shown.add((self.phones[sid].user, frame["space"]))

    def arrive(self, chance: random.Random | None = None) -> None:
        """Let what is on its way arrive: as it was sent, or in any order, some of it twice and some never."""
        frames, self.frames = self.frames, []
        if chance is not None:
            chance.shuffle(frames)
        for phone, frame in frames:
            for _ in range(chance.choice([0, 1, 1, 2]) if chance else 1):
                phone.hear(frame)


class Account:
    """What people have written and the server has accepted, by its ledger, in the order of acceptance.

    In the end, each field of a record must have the value with the latest stamp.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._known: set[str] = set()
        self._written: dict[Name, dict[str, tuple]] = {}
        self._dead: set[Name] = set()

    def follow(self, phone: Phone, mutations: list[Wire], outcomes: list[Wire]) -> None:
        """Find in the ledger which of some mutations were accepted, answered or not, and check the outcomes."""
        names = [f"{phone.user}|{mutation['id']}" for mutation in mutations]
        rows = {row["_id"]: row for row in self.world.mongo.ledger.find({"_id": {"$in": names}, "refusal": None})}
        for name, mutation in zip(names, mutations, strict=True):
            if name in rows and name not in self._known:
                self._known.add(name)
                self._accepted(phone, mutation, [tuple(key) for key in rows[name]["keys"]])
        for outcome in outcomes:
            assert outcome["ok"] == (f"{phone.user}|{outcome['id']}" in rows), outcome

    def expired(self, rows: Iterable[Wire]) -> None:
        """Forget some tombstones: their ids may be used again."""
        self._dead -= {(row["space"], row["kind"], row["id"]) for row in rows}

    def written(self, spaces: set[str]) -> dict[Name, Wire]:
        """Return what must be there in some spaces: the record, and the fields that people wrote."""
        return {
            name: {field: value for field, (_, _, value) in fields.items()}
            for name, fields in self._written.items()
            if name[0] in spaces
        }

    def _accepted(self, phone: Phone, mutation: Wire, names: list[Name]) -> None:
        asked = parse(mutation["at"], phone.clock.device)
        for name in names:
            if mutation["name"].endswith(".delete"):
                self._dead.add(name)
                self._written.pop(name, None)
            elif name[1] in WRITTEN and name not in self._dead:
                fields = self._written.setdefault(name, {})
                for field in mutation["args"].keys() - {"space", "id"}:
                    value, before = mutation["args"][field], fields.get(field)
                    stamp = self._set_back(asked, before[0] if before else None)
                    fields[field] = max(before or (), (stamp, repr(value), value))

    def _set_back(self, stamp: Stamp, last: Stamp | None) -> Stamp:
        """Return the stamp that counts: a stamp from the future becomes now, but stays after what it changes."""
        if stamp.at <= self.world.time + DRIFT:
            return stamp
        now = Stamp(self.world.time, 0, stamp.device)
        if last is None or stamp <= last:
            return now
        return max(now, Stamp(last.at, last.counter + 1, stamp.device))


def take_away(world: World, membership: Record) -> None:
    """Take a space away from somebody, who can then neither read it nor write there."""
    _put(world, membership.tombstone())
    _put_house(
        world, membership, lambda users: {name: user for name, user in users.items() if user != membership.author}
    )


def give_back(world: World, membership: Record) -> None:
    """Let somebody into a space again."""
    _put_house(world, membership, lambda users: users | {membership.data["member"]: membership.author})
    _put(world, membership)


def _put_house(world: World, membership: Record, change: Callable[[Wire], Wire]) -> None:
    space = membership.data["space"]
    row = world.mongo.records.find_one({"space": space, "kind": "pairing"})
    [house] = decoded(world.mongo, [row])
    _put(world, replace(house, hidden={**house.hidden, "users": change(house.hidden["users"])}))


def _put(world: World, record: Record) -> None:
    pending = PendingMutation(f"|{uuid_utils.uuid7()}", "", "test", lambda _: [record])
    world.parts.group_commit.run([pending])
    assert pending.problem is None


# What a phone has, and what it must have


def fetch_everything(phone: Phone) -> Phone:
    """Pull, and scroll to the beginning of every space."""
    phone.pull()
    for space in list(phone.older):
        while phone.scroll(space, limit=3):
            pass
    return phone


def readable(user: str, rows: list[Wire]) -> set[str]:
    """Return the spaces that a user may read, by all the rows there are."""
    own = [row for row in rows if row["space"] == private(user) and row["kind"] == "membership"]
    return {private(user)} | {row["data"]["space"] for row in own if "deleted" not in row}


def positions(row: Wire) -> Iterable[tuple[str, int]]:
    """Return how far somebody has received and read, if that is what a row says."""
    shown = row["data"].items() if row["kind"] in {"position", "receipt"} else ()
    return [(name, seq) for name, seq in shown if name != "where"]


def spaces(replica: dict[Name, Wire]) -> set[str]:
    return {space for space, _, _ in replica}


def standing(phone: Phone, floors: dict[str, int]) -> dict[Name, Wire]:
    """Return what a phone has, without the tombstones that have expired on the server."""
    return {
        name: change
        for name, change in phone.replica.items()
        if not (change.get("deleted") and change["seq"] <= floors.get(name[0], 0))
    }


def assert_whole(phone: Phone, rows: list[Wire]) -> None:
    """Up to its position, a phone has every record as it is, or an older form of one that has moved on."""
    for row in rows:
        space, name = row["space"], (row["space"], row["kind"], row["id"])
        later = row["stream"] and row["first_seq"] < phone.older.get(space, 0)
        if row["seq"] <= phone.positions.get(space, 0) and not later:
            assert name in phone.replica, (phone.user, row)
            assert phone.replica[name]["seq"] == row["seq"], (phone.user, row)


def assert_two_in_each(rows: list[Wire]) -> None:
    """A pairing has one or two members, and only they may read its space."""
    members = {row["space"]: row["data"]["members"] for row in rows if row["kind"] == "pairing"}
    assert all(len(some) <= 2 for some in members.values())
    for row in rows:
        if row["kind"] == "membership" and "deleted" not in row:
            assert row["data"]["member"] in members[row["data"]["space"]]


def assert_written(replica: dict[Name, Wire], written: dict[Name, Wire]) -> None:
    """Everything that was accepted is there, once, as it was last written, and nothing else is."""
    there = {name: row["data"] for name, row in replica.items() if name[1] in WRITTEN and not row.get("deleted")}
    assert there.keys() == written.keys()
    for name, fields in written.items():
        assert fields.items() <= there[name].items(), name
