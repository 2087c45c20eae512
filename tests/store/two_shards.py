"""A model of a sharded cluster: a commit is visible on one shard earlier than on another.

Heads are on one shard, the records of pairings on a second, the private records of users on a third. At each read a
shard shows some of the commits: never fewer than before, and all at the end. A read in a causally consistent session
sees at least each commit of which the session has seen a part, on every shard: for that a real cluster lets it wait.
Source: MongoDB manual, "Production Considerations (Sharded Clusters)", "Outside Reads During Commit".
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import mongomock

from server.store.database import Document
from sync.record import Record
from tests import in_memory
from tests.sealed import encoded

SHARDS = ("heads", "pairs", "users")
LATE = 10**6  # a step that no read reaches

Schedule = Mapping[str, tuple[int, ...]]  # for each shard, the step of reading at which it shows each commit


def schedules(commits: int, steps: int) -> list[Schedule]:
    """Return every order in which the shards can show some commits, among a number of reads."""
    ways = list(itertools.combinations_with_replacement([*range(steps), LATE], commits))
    return [dict(zip(SHARDS, chosen, strict=True)) for chosen in itertools.product(ways, repeat=len(SHARDS))]


class Cluster:
    """The database that a `Reader` or a `ChangeSet` is given. It counts reads as steps."""

    def __init__(self, commits: Iterable[Iterable[Record]]) -> None:
        """Take what is stored before the first step, and then the records of each commit."""
        self._states = [in_memory.database()]  # after no commit, one commit, …
        for number, commit in enumerate(commits):
            if number > 0:
                self._states.append(_copied(self._states[-1]))
            for record in commit:
                _store(self._states[-1], *encoded(self._states[0], [record]))
        self.client, self.records, self.spaces = self._states[0].client, _Reads(self, "records"), _Reads(self, "spaces")
        self.users, self._keys = self._states[-1].users, self._states[0]["keys"]
        self.begin(dict.fromkeys(SHARDS, (LATE,) * (len(self._states) - 1)))

    def __getitem__(self, name: str) -> Any:
        """Return the keys, which all shards have before anything is sealed with them, or what was migrated."""
        return {"keys": self._keys, "migrations": self._states[0].migrations}[name]

    def begin(self, schedule: Schedule) -> None:
        """Begin with the first step of a schedule."""
        self._schedule, self.step, self._session = schedule, 0, None

    def end(self) -> None:
        """Let every shard show every commit from now on."""
        self.begin(dict.fromkeys(SHARDS, (0,) * (len(self._states) - 1)))

    @contextmanager
    def reads(self) -> Iterator[None]:
        """Make the reads of the block causally consistent."""
        self._session = 0
        try:
            yield
        finally:
            self._session = None

    def at(self, shard: str, collection: str) -> Any:
        """Return a collection as a shard shows it to the present read."""
        shown = sum(step <= self.step for step in self._schedule[shard])
        if self._session is not None:
            shown = self._session = max(shown, self._session)
        self.step += 1
        return self._states[shown][collection]


class _Reads:
    """One collection of the cluster, for reading."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self._cluster, self._name, self.database = cluster, name, cluster

    def find(self, where: Document, *rest: Any, **more: Any) -> Any:
        return self._cluster.at(self._shard(where), self._name).find(where, *rest, **more)

    def find_one(self, where: Document, *rest: Any) -> Any:
        return self._cluster.at(self._shard(where), self._name).find_one(where, *rest)

    def _shard(self, where: Document) -> str:
        if self._name == "spaces":
            return "heads"
        named = where.get("space") or where["_id"]["$in"][0]
        return "users" if named.startswith("user:") else "pairs"


def _copied(database: Any) -> Any:
    copy = in_memory.database()
    for name in ("records", "spaces"):
        rows = list(database[name].find())
        if rows:
            copy[name].insert_many(rows)
    return copy


def _store(database: mongomock.Database, document: Document) -> None:
    database.records.replace_one({"_id": document["_id"]}, document, upsert=True)
    row = {"head": document["seq"], "said": None, "counted": 0}
    database.spaces.update_one({"_id": document["space"]}, {"$set": row}, upsert=True)
