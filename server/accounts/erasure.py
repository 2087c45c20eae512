"""Erasing the words that a deleted account has left in shared spaces, and the signed receipt of the erasure.

The data keys of these words are destroyed before the account is removed. So nobody can read the words any more when
the request is answered. A due handler then removes the records in portions, and so from the phones of others.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson
import uuid_utils
from cryptography.exceptions import InvalidSignature

from schemas.erasure import ERASED, UNNAMED
from server.backend import Backend
from server.commands import access
from server.commands.context import Caller
from server.sealing.parts import Owner
from server.sealing.signing import signing_key
from server.store.accounts import AccountStore
from server.store.erasures import ErasureStore
from server.store.reader import Reader
from sync.clock import DAY
from sync.record import Record, Wire

if TYPE_CHECKING:
    from server.accounts.deletion import AccountDeletion

VERSION = 1  # of a receipt
TYPE = "erasure"  # the type that a receipt names, as the key signs other texts too


class Erasure:
    """Erases what an account has left in shared spaces, and destroys its keys."""

    def __init__(self, backend: Backend, reader: Reader, store: ErasureStore, receipts: "Receipts") -> None:
        self._backend, self._reader, self._store, self._receipts = backend, reader, store, receipts

    def carry_out(self, user: str, said: str) -> Wire:
        """Erase a user's words, and return the signed receipt.

        ``said`` is what becomes of words in shared spaces: "erased" or "unnamed". An interrupted erasure can be
        repeated; the ``said`` of the first call counts.
        """
        with self._reader.consistent():
            members = self._members(user)
        own, shared = self._store.own(user), [Owner(member, space) for space, member in members.items()]
        self._store.seal(owner.space for owner in (*own, *shared))
        gone = {ERASED: [*own, *shared], UNNAMED: own}
        plan = {
            "id": str(uuid_utils.uuid7()),
            "at": self._backend.now(),
            "said": said,
            "counts": self._store.counts(gone[said]),
            "keys": [digest(name) for name in self._store.keys(gone[said])],
        }
        found = self._store.planned(user, plan)
        for space in members:
            self._backend.order("erasure.begin", {"space": space, "user": user, "words": found["said"]}, _new_id())
        self._store.destroy(gone[found["said"]])
        return self._receipts.signed(found)

    def _members(self, user: str) -> dict[str, str]:
        """Return {space: member} of all shared spaces that a user is or was in."""
        keys = {access.shared_space_key(space): space for space in self._store.spaces(user)}
        found = self._reader.get(key for key in keys if key is not None)
        return {
            record.space: member
            for record in found.values()
            for member, one in record.hidden.get("users", {}).items()
            if one == user
        }


class Erasing:
    """Work before the due handlers: destroys the key of an erasure, and removes a space that everybody has left."""

    def __init__(self, reader: Reader, store: ErasureStore) -> None:
        self._reader, self._store = reader, store
        self.acts: Mapping[str, Callable[[Record], bool | None]] = {
            "erasure": self.carry_out, "retention": self.expire,
        }  # fmt: skip

    def carry_out(self, erasure: Record) -> bool:
        """Destroy the key, or remove the space; return True if it is removed, and nothing is left to do."""
        space = erasure.data["of"]
        key = access.shared_space_key(space)
        found = self._reader.get([key] if key is not None else [])
        members = [member for pairing in found.values() for member in pairing.hidden["users"]]
        gone = [member for pairing in found.values() for member in pairing.hidden.get("gone", ())]
        if set(gone) == set(members):  # also if a removal was interrupted, and the pairing is gone already
            self._store.remove_space(space, members)
            return True
        if erasure.data["words"] == ERASED and not erasure.data["after"]:
            self._store.seal([space])
            self._store.destroy([Owner(erasure.id, space)])
        return False

    def expire(self, retention: Record) -> None:
        """Destroy the key of a report that has been kept long enough; no other record has this key."""
        self._store.destroy([Owner("", retention.space)])


class Leaving:
    """Repeats a deletion a minute later: this finishes an interrupted one, and removes what was stored meanwhile."""

    def __init__(self, deletion: "AccountDeletion", account_store: AccountStore, store: ErasureStore) -> None:
        self._deletion, self._account_store, self._store = deletion, account_store, store

    def carry_out(self, leaving: Record) -> bool:
        """Delete the account and the record of its deletion; return True, as nothing is left to do."""
        user = leaving.id
        self._deletion.leave(Caller(user, "none", leaving.data["role"]))
        self._deletion.erase(user, leaving.data["said"])
        self._account_store.remove(user)
        self._store.forget(user)
        return True


class Receipts:
    """Receipts of erasures, signed with Ed25519 (RFC 8032) over the UTF-8 bytes of the text ``receipt``."""

    def __init__(self, secret: str, backups_kept: int) -> None:
        """Take the server's lasting secret key, and the days for which operators keep back-ups."""
        self._key = signing_key(secret)
        self._kept = backups_kept * DAY

    def signed(self, erased: Wire) -> Wire:
        """Return ``{receipt, signature, public_key}``; the receipt is JSON text, the rest base64."""
        told = {name: erased[name] for name in ("id", "at", "said", "counts", "keys")}
        told |= {"type": TYPE, "version": VERSION, "backups_gone_by": erased["at"] + self._kept}
        receipt = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
        public = self._key.public_key().public_bytes_raw()
        return {
            "receipt": receipt.decode(),
            "signature": b64encode(self._key.sign(receipt)).decode(),
            "public_key": b64encode(public).decode(),
        }

    def opened(self, signed: Wire) -> Wire:
        """Return the content of a receipt; raises ValueError if this server has not signed it."""
        try:
            receipt, signature = str(signed["receipt"]).encode(), b64decode(signed["signature"], validate=True)
            self._key.public_key().verify(signature, receipt)
        except (KeyError, ValueError, InvalidSignature) as error:
            raise ValueError("This server has not signed this receipt.") from error
        told: Wire = orjson.loads(receipt)
        if told.get("type") != TYPE:
            raise ValueError("This is no receipt of an erasure.")
        return told


def digest(key: bytes) -> str:
    """Return the SHA-256 of the id of a data key in hexadecimal, as a receipt lists it."""
    return sha256(key).hexdigest()


def _new_id() -> str:
    return str(uuid_utils.uuid7())
