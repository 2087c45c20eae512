"""The data keys: one for each account in each space. They seal content, and erasing an account destroys them.

A key is stored wrapped by a master key. The id of its row is an HMAC of its owner: the rows do not tell which keys
belong to one account, or to one pairing. A destroyed key leaves a row without the key, so that a key which is missing
by mistake is never taken for an erasure.

A worker keeps keys in memory. Before it uses a key, it reads the number of destroyed keys, unless it has read the
number within LOOKED seconds. So a second after a key was destroyed no worker opens anything with it, even if the
workers cannot reach one another.
"""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo.errors import BulkWriteError, DuplicateKeyError

from server.sealing.master_keys import KEY_BYTES, MasterKeys
from server.sealing.parts import Owner
from server.store.database import Document, Mongo

ID_BYTES = 16  # of the id of a data key
LOOKED = 0.5  # seconds after which the number of destroyed keys is read again
KEPT = 20_000  # keys in memory at most; those used longest ago are dropped first
NAMED = 1_000  # ids of destroyed keys that are listed for the workers; a worker that missed more forgets all its keys
KEYS_AT_ONCE = 1_000  # keys read, or destroyed, with one command
TRIES, AGAIN = 20, 0.05  # reads of a row that was just stored, and seconds between them
NAMES, DESTROYED = "names", "destroyed"  # _id of the two rows that are not data keys: secret of ids, list of destroyed


class MissingKey(RuntimeError):
    """A data key is not in the database: it was not restored with the records, or somebody removed it."""


class DataKey(NamedTuple):
    """A data key. ``cipher`` is None if the key is destroyed."""

    id: bytes
    cipher: AESGCM | None


class DataKeys:
    """The collection `keys`, and those of its keys that this worker has in memory."""

    def __init__(self, database: Mongo, master_keys: MasterKeys) -> None:
        """Take the keys that wrap the data keys."""
        self._keys, self._migrations, self._master_keys = database["keys"], database["migrations"], master_keys
        self._known: OrderedDict[bytes, DataKey] = OrderedDict()
        self._looked_at, self._destroyed = -LOOKED, -1
        self._name_secret = b""
        self.id_of = lru_cache(KEPT)(self._id_of)
        self.on_destroyed: Callable[[], None] = lambda: None

    def of(self, owners: Collection[Owner]) -> dict[Owner, DataKey]:
        """Return the keys of some owners; a key that does not exist is made and stored."""
        ids = {owner: self.id_of(owner) for owner in owners}
        found = self._find(ids.values())
        for name in set(ids.values()) - found.keys():
            found[name] = self._made(name)
        return {owner: found[name] for owner, name in ids.items()}

    def by_id(self, ids: Iterable[bytes]) -> Mapping[bytes, DataKey]:
        """Return {id: key}; raises MissingKey."""
        wanted = set(ids)
        found = self._find(wanted)
        if missing := wanted - found.keys():
            raise MissingKey(f"The data key {min(missing).hex()} is not stored. Restore the collection `keys`.")
        return found

    def stored(self, owners: Iterable[Owner]) -> list[bytes]:
        """Return the ids of the keys that some owners have, destroyed or not."""
        ids = [self.id_of(owner) for owner in owners]
        return [row["_id"] for row in self._keys.find({"_id": {"$in": ids}}, {"_id": 1})]

    def live(self) -> Iterator[bytes]:
        """Give the ids of all keys that are not destroyed."""
        rows = self._keys.find({"wrapped": {"$exists": True}}, {"_id": 1}, batch_size=KEYS_AT_ONCE)
        return (row["_id"] for row in rows if row["_id"] != NAMES)

    def destroy(self, owners: Iterable[Owner]) -> None:
        """Destroy the keys of some owners; no key can be made for these owners later. This can be repeated."""
        self.destroy_ids([self.id_of(owner) for owner in owners])

    def destroy_ids(self, ids: Collection[bytes]) -> None:
        """Destroy keys by their ids. After an interruption this can be repeated."""
        ids = list(ids)
        for start in range(0, len(ids), KEYS_AT_ONCE):
            self._destroy(ids[start : start + KEYS_AT_ONCE], time.time_ns() // 1_000_000)

    def _destroy(self, ids: list[bytes], now: int) -> None:
        """Destroy some keys, then tell the other workers. After an interruption, a repeated call still tells them."""
        with suppress(BulkWriteError):  # rows of existing keys stay; the new rows prevent that a key is made later
            self._keys.insert_many([{"_id": name, "destroyed_at": now, "told": True} for name in ids], ordered=False)
        some = [row["_id"] for row in self._rows(ids) if "told" not in row]
        if not some:
            return
        self._keys.update_many({"_id": {"$in": some}}, {"$unset": {"wrapped": 1}, "$min": {"destroyed_at": now}})
        said = {
            "$set": {"at": now},
            "$inc": {"count": len(some)},
            "$push": {"ids": {"$each": some, "$slice": -NAMED}},
        }
        self._keys.update_one({"_id": DESTROYED}, said, upsert=True)
        self._keys.update_many({"_id": {"$in": some}}, {"$set": {"told": True}})
        self._look()

    def rewrap(self) -> Iterator[int]:
        """Wrap each key with the first master key; give the number of keys seen so far. It can be repeated.

        Raises UnknownMasterKey for a key that none of the master keys has wrapped.
        """
        rows = self._keys.find({"wrapped": {"$exists": True}}, batch_size=KEYS_AT_ONCE)
        for seen, row in enumerate(rows, 1):
            if not self._master_keys.is_current(row["wrapped"]):
                about = NAMES.encode() if row["_id"] == NAMES else row["_id"]
                anew = self._master_keys.wrap(self._master_keys.unwrap(row["wrapped"], about), about)
                self._keys.update_one({"_id": row["_id"], "wrapped": row["wrapped"]}, {"$set": {"wrapped": anew}})
            yield seen

    def count(self) -> int:
        """Return about how many keys there are."""
        return self._keys.estimated_document_count()

    def forget(self) -> None:
        """Forget all keys in memory: one of them may not have been stored, although the database has said so."""
        self._known.clear()

    def digest(self, purpose: str, text: str) -> str:
        """Return an HMAC-SHA-256 of a text, by which a row is found although the text itself is stored sealed."""
        return hmac.new(self._names(), f"{purpose}|{text}".encode(), hashlib.sha256).hexdigest()

    def _id_of(self, owner: Owner) -> bytes:
        """Return the id of an owner's key."""
        return hmac.new(self._names(), f"{owner.member}|{owner.space}".encode(), hashlib.sha256).digest()[:ID_BYTES]

    def _names(self) -> bytes:
        """Return the secret from which ids are made; it is made when it is first needed, and never changes."""
        if not self._name_secret:
            self._name_secret = self._secret(NAMES.encode())
        return self._name_secret

    def _secret(self, about: bytes) -> bytes:
        """Return the stored secret, or make it for a new database; raises MissingKey if the secret was lost."""
        row = self._keys.find_one({"_id": NAMES})
        if row is None:
            if self._keys.estimated_document_count() > 0 or self._migrations.find_one({"_id": NAMES}) is not None:
                raise MissingKey("The secret of the names of keys is not stored. Restore the collection `keys`.")
            with suppress(DuplicateKeyError):  # another worker was faster
                self._keys.insert_one({"_id": NAMES, "wrapped": self._master_keys.wrap(_random(), about)})
            self._migrations.update_one({"_id": NAMES}, {"$set": {"is_made": True}}, upsert=True)
            row = self._awaited(NAMES)
        return self._master_keys.unwrap(row["wrapped"], about)

    def _awaited(self, name: bytes | str) -> Document:
        """Return a row that was stored a moment ago, by this worker or another; raises MissingKey.

        A read with the read concern "majority" may see the row a little later.
        """
        for _ in range(TRIES):
            row = self._keys.find_one({"_id": name})
            if row is not None:
                return row
            time.sleep(AGAIN)
        raise MissingKey("A key that was just made is not stored.")

    def _find(self, ids: Iterable[bytes]) -> dict[bytes, DataKey]:
        """Return those of some keys that are in memory or stored."""
        if time.monotonic() > self._looked_at + LOOKED:
            self._look()
        found, unknown = dict[bytes, DataKey](), list[bytes]()
        for name in ids:
            key = self._known.get(name)
            if key is None:
                unknown.append(name)
            else:
                self._known.move_to_end(name)
                found[name] = key
        for start in range(0, len(unknown), KEYS_AT_ONCE):
            found |= self._read(unknown[start : start + KEYS_AT_ONCE])
        return found

    def _read(self, ids: list[bytes]) -> dict[bytes, DataKey]:
        """Return those of some keys that are stored. They are kept, unless a key was destroyed meanwhile."""
        destroyed = self._destroyed
        found = {row["_id"]: self._opened(row) for row in self._rows(ids)}
        if destroyed == self._destroyed:
            self._known.update(found)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found

    def _rows(self, ids: list[bytes]) -> list[Document]:
        return list(self._keys.find({"_id": {"$in": ids}}))

    def _made(self, name: bytes) -> DataKey:
        """Make and store a key. If several workers do so at the same moment, all of them use the one that is stored."""
        wrapped = self._master_keys.wrap(AESGCM.generate_key(8 * KEY_BYTES), name)
        with suppress(DuplicateKeyError):
            self._keys.insert_one({"_id": name, "wrapped": wrapped})
        return self._read([name]).get(name) or self._opened(self._awaited(name))

    def _opened(self, row: Document) -> DataKey:
        wrapped = row.get("wrapped")
        return DataKey(row["_id"], AESGCM(self._master_keys.unwrap(wrapped, row["_id"])) if wrapped else None)

    def _look(self) -> None:
        """Forget the keys that were destroyed since the last look."""
        began, row = time.monotonic(), self._keys.find_one({"_id": DESTROYED}) or {"count": 0, "ids": []}
        if row["count"] != self._destroyed:
            more = row["count"] - self._destroyed
            if self._destroyed < 0 or more > len(row["ids"]):
                self._known.clear()
            for name in row["ids"][-more:]:
                self._known.pop(name, None)
            self._destroyed = row["count"]
            self.on_destroyed()
        self._looked_at = began


def _random() -> bytes:
    return secrets.token_bytes(KEY_BYTES)
