"""The database that the check makes, lays out over the shards, and drops: the only one that it writes to.

What is stored in it is stored by the product's own parts. This module has the commands for which the product has no
part, because it never makes, shards or drops a database; an operator does that, or `deploy/shard.js`.
"""

import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any

import pymongo
from bson import Binary, Int64, MaxKey, MinKey
from pymongo import ASCENDING, HASHED
from pymongo.errors import ConnectionFailure, PyMongoError

from server.sealing.master_keys import KEY_BYTES, MasterKeys
from server.store.data_keys import DataKeys
from server.store.database import Document, Mongo, database
from server.store.documents import Records
from server.store.topology import SHARD_KEYS

PREFIX = "beside_check_"
TOGETHER = ("records", "spaces")  # a head and its records are on one shard: the ranges of both are the same
SLOW = 120.0  # seconds that sharding a collection, or dropping the database, may take
MASTER_KEYS = MasterKeys([secrets.token_bytes(KEY_BYTES)])
DROP_PATIENCE = 60.0  # seconds to try to drop the database, such as while there is no primary


def records_of(database: Mongo) -> Records:
    """Return the records of a database of the check. Its master key lasts as long as the process."""
    return Records(database, DataKeys(database, MASTER_KEYS))


class OwnDatabase:
    """A database with a random name."""

    def __init__(self, main: Mongo) -> None:
        self._client = main.client
        self.name = PREFIX + secrets.token_hex(6)
        self.database: Mongo = database(self._client, self.name)
        self._zones: list[tuple[str, str]] = []  # shard and zone

    def find_missing_rights(self) -> list[tuple[str, PyMongoError]]:
        """Try all that the product does with a database except reading and writing; return (what fails, the error)."""
        probe, missing = self.database.get_collection("probe"), list[tuple[str, PyMongoError]]()
        session = {"id": Binary.from_uuid(uuid.uuid4())}  # nobody has it
        tries: dict[str, Callable[[], Any]] = {
            "to make a collection": lambda: self.database.create_collection("probe"),
            "to build an index (createIndex)": lambda: probe.create_index("at", name="at"),
            "to set a validator (collMod)": lambda: self.database.command("collMod", "probe", validator={"at": 1}),
            "to drop an index (dropIndex)": lambda: probe.drop_index("at"),
            "to drop a collection": lambda: self.database.drop_collection("probe"),
            "to ask for the room on the disk (dbStats)": lambda: self.database.command("dbStats"),
            "to end sessions of its own (killSessions)": lambda: self._client.admin.command("killSessions", [session]),
        }
        for what, attempt in tries.items():
            try:
                attempt()
            except PyMongoError as error:
                missing.append((what, error))
        return missing

    def shard(self) -> None:
        """Lay the collections out over the shards, as deploy/shard.js does; raises PyMongoError."""
        with pymongo.timeout(SLOW):
            admin = self._client.admin
            found = admin.command("listShards")["shards"]
            shards = sorted(shard["_id"] for shard in found if not shard.get("draining"))
            edges = [MinKey(), *(Int64((i << 64) // len(shards) - 2**63) for i in range(1, len(shards))), MaxKey()]
            for shard in shards:
                zone = f"{self.name}-{shard}"
                admin.command("addShardToZone", shard, zone=zone)
                self._zones.append((shard, zone))
            for collection in TOGETHER:
                [field] = SHARD_KEYS[collection][0]
                for i, (_, zone) in enumerate(self._zones):
                    ends = {"min": {field: edges[i]}, "max": {field: edges[i + 1]}}
                    admin.command({"updateZoneKeyRange": f"{self.name}.{collection}", **ends, "zone": zone})
            for collection, [key, *_] in SHARD_KEYS.items():
                self._shard(collection, key)

    def _shard(self, collection: str, key: Document) -> None:
        if collection == "records":
            self.database.records.create_index([("space", ASCENDING), ("seq", ASCENDING)], unique=True)
        self.database[collection].create_index([(field, HASHED) for field in key])
        self._client.admin.command("shardCollection", f"{self.name}.{collection}", key=key)

    def tidy_up(self) -> None:
        """Drop the database and its zones; raises PyMongoError if that does not work for DROP_PATIENCE."""
        until = time.monotonic() + DROP_PATIENCE
        while True:
            try:
                with pymongo.timeout(SLOW):
                    self._client.drop_database(self.name)
                    while self._zones:
                        shard, zone = self._zones[-1]
                        self._client.admin.command("removeShardFromZone", shard, zone=zone)
                        self._zones.pop()
            except ConnectionFailure:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)  # no event tells when there is a primary again
            else:
                return
