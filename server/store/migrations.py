"""Migrations of the database: numbered steps, each safe to run again, under a lease.

A released step is never edited; a new one is added below it.
"""

import time
import uuid
from collections.abc import Callable
from typing import NamedTuple

from pymongo import ASCENDING, DESCENDING

from server.store import leases
from server.store.database import Mongo
from sync.clock import DAY, MINUTE

LEASE_NAME = "migrations"
LEASE = MINUTE  # ms after which the lease of a worker that died can be taken over
PATIENCE = 30.0  # seconds to wait for another worker that migrates
VIEWS = 400  # days that a client database may be away before it starts over
SIGNED_IN = 90 * DAY  # ms for which devices stay signed in that were signed in before devices expired
SPENT = 7 * DAY  # ms for which used refresh tokens are kept
COLLECTIONS = ("records", "spaces", "ledger", "users", "devices", "refresh_tokens")


class Migration(NamedTuple):
    """One step."""

    number: int
    what: str
    run: Callable[[Mongo], None]


def _collections(database: Mongo) -> None:
    """Create the collections, so that no transaction has to create one."""
    for name in sorted(set(COLLECTIONS) - set(database.list_collection_names())):
        database.create_collection(name)


def _order(database: Mongo) -> None:
    """Index records by seq and first_seq. No two records of a space may have one seq: all order depends on this."""
    database.records.create_index([("space", ASCENDING), ("seq", ASCENDING)], unique=True)
    database.records.create_index([("space", ASCENDING), ("stream", ASCENDING), ("first_seq", ASCENDING)])


def _people(database: Mongo) -> None:
    database.users.create_index("handle", unique=True)
    database.devices.create_index("user")
    database.refresh_tokens.create_index("device")


def _adapters(database: Mongo) -> None:
    """Index one kind of a space in order, and the newest view of a device; let views expire after VIEWS days."""
    database.records.create_index([("space", ASCENDING), ("kind", ASCENDING), ("seq", ASCENDING)])
    if "views" not in database.list_collection_names():
        database.create_collection("views")
    database.views.create_index([("device", ASCENDING), ("number", DESCENDING)])
    database.views.create_index("at", expireAfterSeconds=VIEWS * 24 * 3600)


def _conditions(database: Mongo) -> None:
    """Index the conditions of writes: the embedded database is fast only if one index has all fields of a condition."""
    database.spaces.create_index([("_id", ASCENDING), ("head", ASCENDING)])
    database.refresh_tokens.create_index([("_id", ASCENDING), ("used_at", ASCENDING)])


def _timers(database: Mongo) -> None:
    """Index live records by kind, and records that a timer acts on by time; create the collection of leases."""
    database.records.create_index("live", sparse=True)
    database.records.create_index("due", sparse=True)
    if "leases" not in database.list_collection_names():
        database.create_collection("leases")


def _since(database: Mongo) -> None:
    """Index the ledger by time, for crash recovery after a worker has died; index devices by push token."""
    database.ledger.create_index("at")
    database.devices.create_index("push_token", sparse=True)


def _long_cursors(database: Mongo) -> None:
    """Create the collection of long cursors; index those of a device, and let them expire after VIEWS days."""
    if "cursors" not in database.list_collection_names():
        database.create_collection("cursors")
    database.cursors.create_index([("device", ASCENDING), ("scope", ASCENDING)])
    database.cursors.create_index("at", expireAfterSeconds=VIEWS * 24 * 3600)


def _expiry(database: Mongo) -> None:
    """Let devices and refresh tokens expire; those that are there already count from now on."""
    now = time.time_ns() // 1_000_000
    for name in ("devices", "refresh_tokens"):
        database[name].update_many({"expires_at": {"$exists": False}}, {"$set": {"expires_at": now + SIGNED_IN}})
        database[name].create_index("expires_at")
    database.refresh_tokens.delete_many({"used_at": {"$lt": now - SPENT}})


MIGRATIONS = [
    Migration(1, "collections", _collections),
    Migration(2, "the order of records within their space", _order),
    Migration(3, "handles, devices and refresh tokens", _people),
    Migration(4, "records by kind, and the views of client databases", _adapters),
    Migration(5, "conditions of writes", _conditions),
    Migration(6, "timers, and what is alive", _timers),
    Migration(7, "the ledger by time, and devices by push token", _since),
    Migration(8, "cursors of users with very many spaces", _long_cursors),
    Migration(9, "devices and refresh tokens that expire", _expiry),
]


def pending(database: Mongo) -> list[Migration]:
    """Return the steps that have not been run on this database."""
    done = {row["_id"] for row in database.migrations.find({"_id": {"$type": "number"}})}
    return [migration for migration in MIGRATIONS if migration.number not in done]


def migrate(database: Mongo) -> None:
    """Run the pending steps; raises TimeoutError if another worker holds the lease for too long."""
    deadline, me = time.monotonic() + PATIENCE, str(uuid.uuid4())
    while pending(database):
        if leases.take(database, LEASE_NAME, me, LEASE):
            for migration in pending(database):
                migration.run(database)
                database.migrations.update_one(
                    {"_id": migration.number}, {"$set": {"what": migration.what}}, upsert=True
                )
            leases.give_back(database, LEASE_NAME, me)
        elif time.monotonic() > deadline:
            raise TimeoutError("Another worker has been migrating the database for too long.")
        else:
            time.sleep(0.1)  # no event tells when another worker's lease ends
