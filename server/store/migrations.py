"""Migrations of the database: numbered steps, each safe to run again, under a lease.

A released step is never edited; a new one is added below it.
"""

import time
import uuid
from collections.abc import Callable
from typing import NamedTuple

import pymongo
import structlog
from pymongo import ASCENDING, DESCENDING

from schemas.text import folded
from server.store import layout, leases, private_positions, unsealed
from server.store.database import Mongo
from server.store.push_tokens import NO_PUSH_TOKEN
from server.store.sessions import LONGEST_TRANSACTION
from server.store.topology import UnfitDatabase, is_embedded
from sync.clock import DAY, MINUTE

log = structlog.get_logger()

LEASE_NAME = "migrations"
LEASE = MINUTE  # ms after which the lease of a worker that died can be taken over
SAY_EVERY = 30.0  # seconds after which a worker that waits for another says so in the log
WORTH_SAYING = 2.0  # seconds after which a step is worth a line in the log
LONGEST_STEP = 7 * 24 * 3600.0  # seconds
VIEWS = 400  # days that a client database may be away before it starts over
SIGNED_IN = 90 * DAY  # ms after which devices expire that signed in before devices had an expiry time
USED_CHALLENGES = 3600  # seconds for which used challenges of passkeys are kept
SPENT = 7 * DAY  # ms for which used refresh tokens are kept
COLLECTIONS = ("records", "spaces", "ledger", "users", "devices", "refresh_tokens")


class Migration(NamedTuple):
    """One step. ``layout`` is the layout number from this step on; a higher one stops the commits of older workers."""

    number: int
    what: str
    run: Callable[[Mongo], None]
    layout: int = 1


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


def _fewer_indexes(database: Mongo) -> None:
    """Drop the indexes of step 5 on MongoDB, which finds a document by `_id` and then checks the other fields."""
    if not is_embedded(database):
        for collection, name in ((database.spaces, "_id_1_head_1"), (database.refresh_tokens, "_id_1_used_at_1")):
            if name in collection.index_information():
                collection.drop_index(name)


def _due_by_kind(database: Mongo) -> None:
    """Index the records that a timer acts on by kind and time: a long backlog is processed kind by kind."""
    database.records.create_index([("live", ASCENDING), ("due", ASCENDING)], sparse=True)


def _folded(database: Mongo) -> None:
    """Store the form of a handle that is compared now beside handles that are stored in another form, and index it.

    The handle itself is not changed: the embedded database does not free a unique key that an update has replaced.
    """
    for row in database.users.find({}, {"handle": 1}):
        form = folded(row["handle"])
        if form != row["handle"]:
            database.users.update_one({"_id": row["_id"]}, {"$set": {"folded": form}})
    database.users.create_index("folded", sparse=True)


def _identities(database: Mongo) -> None:
    """Create the collection of employees' identities, indexed by user, and that of used nonces, which expire."""
    for name in sorted({"identities", "used_nonces"} - set(database.list_collection_names())):
        database.create_collection(name)
    database.identities.create_index("user")
    database.used_nonces.create_index("until", expireAfterSeconds=0)


def _first_layout(database: Mongo) -> None:
    """Give the database the layout number 1."""
    layout.raise_to(database, 1)


def _ways_back(database: Mongo) -> None:
    """Create the collections of recovery codes and links, and index them by user."""
    for name in sorted({"recovery_codes", "links"} - set(database.list_collection_names())):
        database.create_collection(name)
    for collection in (database.recovery_codes, database.links):
        collection.create_index("user")


def _second_factors(database: Mongo) -> None:
    """Create the collections of passkeys and authenticator apps; let used challenges expire after an hour.

    A challenge is valid for minutes; the rest of the hour allows for clocks that differ. The embedded database needs an
    index with all fields of a condition.
    """
    for name in sorted({"passkeys", "totp", "used_challenges"} - set(database.list_collection_names())):
        database.create_collection(name)
    database.passkeys.create_index("user")
    database.used_challenges.create_index("at", expireAfterSeconds=USED_CHALLENGES)
    if is_embedded(database):
        database.passkeys.create_index([("_id", ASCENDING), ("sign_count", ASCENDING)])
        database.totp.create_index([("_id", ASCENDING), ("last_step", ASCENDING)])


def _push_digests(database: Mongo) -> None:
    """Index devices by the digest of their push token; the tokens themselves are sealed."""
    database.devices.create_index("push_digest", sparse=True)


def _operators(database: Mongo) -> None:
    """Create the collection of reset codes, indexed by user; index accounts by role and handle, to list them."""
    if "reset_codes" not in database.list_collection_names():
        database.create_collection("reset_codes")
    database.reset_codes.create_index("user")
    database.users.create_index([("role", ASCENDING), ("handle", ASCENDING)])


def _subscriptions(database: Mongo) -> None:
    """Create the collection of the VAPID key; remove push tokens of browsers without the keys of their subscription."""
    if "push_keys" not in database.list_collection_names():
        database.create_collection("push_keys")
    keyless = {"push_platform": "webpush", "push_keys": {"$exists": False}}
    database.devices.update_many(keyless, NO_PUSH_TOKEN)


def _kept_handles(database: Mongo) -> None:
    """Create the collection of the handles of deleted accounts, each of which expires when it is free."""
    if "kept_handles" not in database.list_collection_names():
        database.create_collection("kept_handles")
    database.kept_handles.create_index("until", expireAfterSeconds=0)


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
    Migration(10, "indexes that only the embedded database needs", _fewer_indexes),
    Migration(11, "what is due, by kind", _due_by_kind),
    Migration(12, "a layout number", _first_layout),
    Migration(13, "recovery codes, and codes for new devices", _ways_back),
    Migration(14, "handles that are compared in another form", _folded),
    Migration(15, "identities of people who sign in through an employer", _identities),
    Migration(16, "passkeys and authenticator apps", _second_factors),
    Migration(17, "positions are their user's alone", private_positions.move, layout=2),
    Migration(18, "codes to reset a passphrase, and accounts by role", _operators),
    Migration(19, "subscriptions of browsers, and the keys of this server for them", _subscriptions),
    Migration(20, "handles of deleted accounts", _kept_handles),
    Migration(21, "devices by the digest of their push token", _push_digests),
    Migration(22, "content is sealed; what is stored is sealed in the background", unsealed.begin, layout=3),
]


def pending(database: Mongo) -> list[Migration]:
    """Return the steps that have not been run on this database."""
    done = {row["_id"] for row in database.migrations.find({"_id": {"$type": "number"}})}
    return [migration for migration in MIGRATIONS if migration.number not in done]


def migrate(database: Mongo) -> None:
    """Run the pending steps, while other workers wait.

    Raises UnfitDatabase if a newer version has raised the layout number of the database.
    """
    me, said_at = str(uuid.uuid4()), time.monotonic()
    while pending(database):
        if leases.take(database, LEASE_NAME, me, LEASE):
            with leases.renewed(database, LEASE_NAME, me, LEASE):
                is_new = database.migrations.find_one() is None
                for migration in pending(database):
                    _run(database, migration, is_new=is_new)
            leases.give_back(database, LEASE_NAME, me)
        else:
            if time.monotonic() > said_at + SAY_EVERY:
                log.info("waiting for another worker that migrates the database")
                said_at = time.monotonic()
            time.sleep(0.1)  # no event tells when another worker's lease ends
    if layout.stored(database) > layout.LAYOUT:
        raise UnfitDatabase("A newer version of Beside has changed how this database is laid out. Start that version.")


def _run(database: Mongo, migration: Migration, *, is_new: bool) -> None:
    """Run one step. An index of very many records takes hours: with a shorter limit than LONGEST_STEP it always fails.

    In a new database no commit of another worker can be in progress, so there is no wait.
    """
    began = time.monotonic()
    with pymongo.timeout(LONGEST_STEP):
        if migration.layout > max(1, layout.stored(database)):
            layout.raise_to(database, migration.layout)
            time.sleep(0 if is_new else LONGEST_TRANSACTION)  # until commits that were on their way have ended
        migration.run(database)
    took = time.monotonic() - began
    if took > WORTH_SAYING:
        log.info("a migration is done", number=migration.number, what=migration.what, seconds=round(took))
    done = {"$set": {"what": migration.what}}
    database.migrations.update_one({"_id": migration.number}, done, upsert=True)
