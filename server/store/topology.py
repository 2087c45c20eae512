"""Checks the MongoDB deployment that the server is connected to: whether Beside can keep its promises on it."""

import time

import structlog
from pymongo.errors import ConnectionFailure, OperationFailure

from server.store.database import Document, Mongo

log = structlog.get_logger()

PATIENCE = 60.0  # seconds to wait at start for a primary: an election, or the start of a replica set, takes less
ROUTER = "isdbgrid"  # what `hello` of a router, mongos, has as "msg"
EMBEDDED = "secantus"  # the replica set's name of the embedded database
OLDEST_ROUTER = 7  # major version: MongoDB 6 may acknowledge a transaction before all its shards show it
UNAUTHORIZED = 13
# {collection: its possible shard keys}. All others must be unsharded: a handle has to be unique among all users.
SHARD_KEYS: dict[str, list[Document]] = {
    "records": [{"space": "hashed"}, {"space": 1}],
    **{name: [{"_id": "hashed"}, {"_id": 1}] for name in ("spaces", "ledger", "devices", "refresh_tokens")},
}


class UnfitDatabase(Exception):
    """Beside cannot keep its promises on this database; the message says what to do."""


def require_usable(database: Mongo) -> None:
    """Wait until the database can be written to, and check that Beside can use it.

    Raises UnfitDatabase, whose message says what to do.
    """
    said = _hello(database)
    if said.get("msg") == ROUTER:
        _require_router(database)
    elif "setName" not in said:
        raise UnfitDatabase(
            "MONGODB_URI is one MongoDB server that is no replica set, and so has no transactions. Start it with "
            "--replSet rs0 and run rs.initiate(): a set of one server is enough to begin with."
        )


def is_embedded(database: Mongo) -> bool:
    """Tell whether this is the embedded database."""
    return bool(_hello(database).get("setName") == EMBEDDED)


def _hello(database: Mongo) -> Document:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            said: Document = database.client.admin.command("hello")
        except ConnectionFailure as error:
            if time.monotonic() > deadline:
                raise UnfitDatabase("The database at MONGODB_URI does not answer, or has no primary.") from error
            log.warning("waiting for the database")
            time.sleep(0.5)
            continue
        return said


def _require_router(database: Mongo) -> None:
    version = database.client.server_info()["version"]
    if int(version.split(".")[0]) < OLDEST_ROUTER:
        why = f"This is a sharded cluster of MongoDB {version}. Beside needs {OLDEST_ROUTER} or later for it."
        raise UnfitDatabase(why)
    try:
        rows = list(database.client.config.collections.find({"_id": {"$regex": f"^{database.name}\\."}}))
    except OperationFailure as error:
        if error.code != UNAUTHORIZED:
            raise
        log.warning("how collections are sharded could not be checked: the user may not read config.collections")
        return
    found = {row["_id"].partition(".")[2]: row["key"] for row in rows if not row.get("unsplittable")}
    for name, key in found.items():
        if key not in SHARD_KEYS.get(name, []):
            meant = SHARD_KEYS.get(name, ["not at all"])[0]
            raise UnfitDatabase(
                f"{database.name}.{name} is sharded by {key}, and has to be sharded by {meant}: deploy/shard.js."
            )
    for name in SHARD_KEYS.keys() - found.keys():
        log.warning("a collection is not sharded: run deploy/shard.js", collection=name)
