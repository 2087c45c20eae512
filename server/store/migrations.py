"""What the database needs before it is used: numbered steps, each safe to run again, under a lease.

A step is never edited once released; a new one is added below it.
"""

import time
import uuid
from collections.abc import Callable
from typing import NamedTuple

from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from server.store.database import Document, Mongo
from sync.clock import MINUTE

LEASE = MINUTE  # ms after which the lease of a worker that died can be taken over
PATIENCE = 30.0  # seconds to wait for another worker that migrates
VIEWS = 400  # days that a client database may be away before it starts over
COLLECTIONS = ("records", "spaces", "ledger", "users", "devices", "refresh_tokens")


class Migration(NamedTuple):
    """One step."""

    number: int
    what: str
    run: Callable[[Mongo], None]


def _collections(database: Mongo) -> None:
    """Make the collections, so that no transaction has to."""
    for name in sorted(set(COLLECTIONS) - set(database.list_collection_names())):
        database.create_collection(name)


def _order(database: Mongo) -> None:
    """No two records of a space may ever have one seq: the order of everything rests on this index."""
    database.records.create_index([("space", ASCENDING), ("seq", ASCENDING)], unique=True)
    database.records.create_index([("space", ASCENDING), ("stream", ASCENDING), ("first_seq", ASCENDING)])


def _people(database: Mongo) -> None:
    database.users.create_index("handle", unique=True)
    database.devices.create_index("user")
    database.refresh_tokens.create_index("device")


def _adapters(database: Mongo) -> None:
    """One kind of a space in order; the newest view of a device; and views go when nobody can come back for them."""
    database.records.create_index([("space", ASCENDING), ("kind", ASCENDING), ("seq", ASCENDING)])
    if "views" not in database.list_collection_names():
        database.create_collection("views")
    database.views.create_index([("device", ASCENDING), ("number", DESCENDING)])
    database.views.create_index("at", expireAfterSeconds=VIEWS * 24 * 3600)


def _conditions(database: Mongo) -> None:
    """What is written on a condition: the embedded database finds it fast only if all of it is in one index."""
    database.spaces.create_index([("_id", ASCENDING), ("head", ASCENDING)])
    database.refresh_tokens.create_index([("_id", ASCENDING), ("used_at", ASCENDING)])


def _timers(database: Mongo) -> None:
    """What is alive, by kind; what a timer has to act on, by time; and who runs the timers."""
    database.records.create_index("live", sparse=True)
    database.records.create_index("due", sparse=True)
    if "leases" not in database.list_collection_names():
        database.create_collection("leases")


def _since(database: Mongo) -> None:
    """What was done since a time, to go through again when a worker has died; and which device has a push token."""
    database.ledger.create_index("at")
    database.devices.create_index("push_token", sparse=True)


MIGRATIONS = [
    Migration(1, "collections", _collections),
    Migration(2, "the order of records within their space", _order),
    Migration(3, "handles, devices and refresh tokens", _people),
    Migration(4, "records by kind, and the views of client databases", _adapters),
    Migration(5, "conditions of writes", _conditions),
    Migration(6, "timers, and what is alive", _timers),
    Migration(7, "the ledger by time, and devices by push token", _since),
]


def pending(database: Mongo) -> list[Migration]:
    """Return the steps that have not been done here."""
    done = {row["_id"] for row in database.migrations.find({"_id": {"$type": "number"}})}
    return [migration for migration in MIGRATIONS if migration.number not in done]


def migrate(database: Mongo) -> None:
    """Do what has not been done yet; raises TimeoutError if another worker holds the lease for too long."""
    deadline, me = time.monotonic() + PATIENCE, str(uuid.uuid4())
    while pending(database):
        if _leased(database.migrations, me):
            for migration in pending(database):
                migration.run(database)
                database.migrations.update_one(
                    {"_id": migration.number}, {"$set": {"what": migration.what}}, upsert=True
                )
            database.migrations.delete_one({"_id": "lease", "holder": me})
        elif time.monotonic() > deadline:
            raise TimeoutError("Another worker has been migrating the database for too long.")
        else:
            time.sleep(0.1)  # nothing tells us when another's lease ends


def _leased(migrations: Collection[Document], me: str) -> bool:
    """Take the lease, if it is free or its holder is gone."""
    now = time.time() * 1000
    lease: Document = {"_id": "lease", "holder": me, "until": now + LEASE}
    migrations.delete_one({"_id": "lease", "until": {"$lt": now}})
    try:
        migrations.insert_one(lease)
    except DuplicateKeyError:
        return False
    return True
