"""Accounts, the devices that are signed in to them, and their refresh tokens.

Passphrases and tokens are stored hashed, so neither can be recovered. Every function is one atomic write or safe to
repeat, so an interrupted request leaves nothing half done.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Self

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from schemas.errors import IdTaken
from schemas.text import folded
from server.commands.context import Clock, is_demo
from server.store import documents, ledger
from server.store.database import Document, Mongo
from server.store.kept_handles import KeptHandles
from sync.clock import DAY
from sync.record import (
    FAR,
    corrections_space,
    later_corrections_space,
    notification_space,
    peer_space,
    private,
)

OWN_SPACES = (private, corrections_space, later_corrections_space, peer_space, notification_space)
NEVER = FAR  # the expiry time of a device or token that does not expire
TOKENS_AT_ONCE = 5_000  # expired refresh tokens removed at once
SPENT = 7 * DAY  # ms for which a used refresh token is kept
TOLD = 90 * DAY  # ms for which a device that was signed out can be told why


def find_by_handle(users: Collection[Document], handle: str) -> Document | None:
    """Return the account with a handle, or None. An account stored in the form used before migration 14 comes first.

    Every form is always looked up, so that the response time does not show whether an account exists.
    """
    forms = [formerly_folded(handle), folded(handle)]
    found = [*users.find({"handle": {"$in": forms}}), *users.find({"folded": forms[-1]}).limit(1)]
    ranks = {form: rank for rank, form in enumerate(forms)}
    return min(found, key=lambda row: ranks.get(row["handle"], len(forms)), default=None)


def formerly_folded(handle: str) -> str:
    """Return a handle in the form in which accounts were stored before migration 14."""
    return unicodedata.normalize("NFKC", handle).casefold().strip()


class AccountStore:
    """The collections `users`, `devices` and `refresh_tokens`."""

    def __init__(self, database: Mongo, kept: KeptHandles | None = None) -> None:
        """Take the kept handles of deleted accounts; None for a store that neither adds nor removes accounts."""
        self.database, self._kept = database, kept
        self._users, self._devices = database.users, database.devices
        self._tokens = database.refresh_tokens

    @classmethod
    def keeping_handles(cls, database: Mongo, secret: str, now: Clock) -> Self:
        """Return a store in which the handle of a removed account is not free at once; see `KeptHandles`."""
        return cls(database, KeptHandles(database, secret, now))

    def add(self, user: str, handle: str, passphrase: str | None, role: str, now: int) -> None:
        """Add an account; raises the same IdTaken for a handle in use and for a kept handle of a deleted account.

        The passphrase is hashed; None if the user signs in through an employer.
        """
        row = {"_id": user, "handle": folded(handle), "passphrase": passphrase, "role": role, "created_at": now}
        # Always both, so that the response time does not show which. A handle is kept before its account is deleted,
        # so the account is looked up first.
        in_use, is_kept = self.by_handle(handle) is not None, self._is_kept(handle)
        if in_use or is_kept:
            raise IdTaken("This handle is in use.", field="handle")
        try:
            self._users.insert_one(row)
        except DuplicateKeyError as error:
            raise IdTaken("This handle is in use.", field="handle") from error

    def by_handle(self, handle: str) -> Document | None:
        """Return an account {_id, handle, passphrase, role, created_at}; its passphrase may be None."""
        return find_by_handle(self._users, handle)

    def by_id(self, user: str) -> Document | None:
        """Return an account by its id."""
        return self._users.find_one({"_id": user})

    def handles(self, users: Iterable[str]) -> dict[str, str]:
        """Return {user: handle} for those of the users who have an account."""
        return {row["_id"]: row["handle"] for row in self._users.find({"_id": {"$in": list(users)}}, {"handle": 1})}

    def set_passphrase(self, user: str, passphrase: str) -> None:
        """Store another hashed passphrase."""
        self._users.update_one({"_id": user}, {"$set": {"passphrase": passphrase}})

    def replace_passphrase(self, user: str, before: str, after: str) -> bool:
        """Replace the hashed passphrase ``before`` by ``after``; return False if ``before`` is not stored any more."""
        where = {"_id": user, "passphrase": before}
        return self._users.update_one(where, {"$set": {"passphrase": after}}).matched_count == 1

    def set_role(self, user: str, role: str) -> None:
        """Store another role. Access tokens that were issued before still contain the former one."""
        self._users.update_one({"_id": user}, {"$set": {"role": role}})

    def suspend(self, user: str, until: int) -> list[str]:
        """Store until when (ms) a user is suspended; return the devices that signed in before this suspension.

        A device that signed in during a longer suspension is now suspended until this time.
        """
        self._users.update_one({"_id": user}, {"$set": {"suspended_until": until}})
        self._devices.update_many(
            {"user": user, "suspended_until": {"$gt": until}}, {"$set": {"suspended_until": until}}
        )
        return [row["_id"] for row in self.devices(user) if row.get("suspended_until", 0) < until]

    def set_suspended(self, device: str, until: int) -> None:
        """Store that a device signed in while its user is suspended until a time in ms."""
        self._devices.update_one({"_id": device}, {"$set": {"suspended_until": until}})

    def drop_reset_codes(self, user: str) -> None:
        """Remove the codes by which a user could choose another passphrase."""
        self.database.reset_codes.delete_many({"user": user})

    def add_device(self, device: str, user: str, name: str, now: int, expires: int = NEVER, until: int = NEVER) -> None:
        """Store a device that is signed in until ``expires``. Its use moves that time, but never beyond ``until``."""
        row = {"_id": device, "user": user, "name": name, "created_at": now, "seen_at": now, "expires_at": expires}
        self._devices.insert_one(row | {"until": until})

    def device(self, device: str) -> Document | None:
        """Return a device {_id, user, name, created_at, seen_at} that is signed in."""
        return self._devices.find_one({"_id": device})

    def signed_in(self, devices: Sequence[str]) -> set[str]:
        """Return those of the devices that are signed in."""
        return {row["_id"] for row in self._devices.find({"_id": {"$in": devices}}, {"_id": 1})}

    def expired(self, now: int, most: int) -> list[tuple[str, str]]:
        """Return (user, device) of some devices that have expired, ``most`` at most."""
        rows = self._devices.find({"expires_at": {"$lt": now}}, {"user": 1}).limit(most)
        return [(row["user"], row["_id"]) for row in rows]

    def devices(self, user: str) -> list[Document]:
        """Return the devices of a user that are signed in, oldest first."""
        return list(self._devices.find({"user": user}).sort("created_at", 1))

    def touch(self, device: str, now: int, expires: int) -> None:
        """Record when a device has exchanged its refresh token for a new one, and when the device now expires."""
        self._devices.update_one({"_id": device}, {"$set": {"seen_at": now, "expires_at": expires}})

    def sign_out(self, user: str, devices: Iterable[str], ended: Document | None = None) -> list[str]:
        """Sign out some devices of a user, and remove their tokens and cursors; return those that were signed in.

        ``ended`` is {at, why}. With it, the unused refresh token of each device is kept for TOLD. It is not valid any
        more: it only identifies a device that asks why it was signed out.
        """
        found = [row["_id"] for row in self.devices(user) if row["_id"] in set(devices)]
        theirs = {"device": {"$in": found}}
        self._devices.delete_many({"_id": {"$in": found}})
        tokens = list(self._tokens.find(theirs))
        last = [row["_id"] for row in tokens if ended is not None and row["used_at"] is None]
        if ended is not None and last:
            told = {"ended": ended, "expires_at": ended["at"] + TOLD}
            self._tokens.update_many({"_id": {"$in": last}}, {"$set": told})
        self._tokens.delete_many({"_id": {"$in": [row["_id"] for row in tokens if row["_id"] not in last]}})
        for collection in (self.database.views, self.database.cursors):
            collection.delete_many(theirs)
        return found

    def ended(self, device: str) -> Document | None:
        """Return when and why a device was signed out, {at, why}, or None if that is not known."""
        return next((row["ended"] for row in self._tokens.find({"device": device}) if "ended" in row), None)

    def add_token(self, hashed: str, device: str, now: int, expires: int = NEVER) -> None:
        """Store a refresh token, valid until it expires; storing the same one again changes nothing."""
        row: dict[str, Any] = {"device": device, "issued_at": now, "used_at": None, "expires_at": expires}
        self._tokens.update_one({"_id": hashed}, {"$setOnInsert": row}, upsert=True)

    def token(self, hashed: str) -> Document | None:
        """Return a refresh token {device, issued_at, used_at, expires_at, ended?}."""
        return self._tokens.find_one({"_id": hashed})

    def use_token(self, hashed: str, now: int) -> Document | None:
        """Mark a refresh token as used; return the token as it was before, or None if it is not known.

        A used token is kept for SPENT, to answer a retry and to detect the use of a stolen token.
        """
        before = ReturnDocument.BEFORE
        unused, used = {"_id": hashed, "used_at": None}, {"used_at": now, "expires_at": now + SPENT}
        row = self._tokens.find_one_and_update(unused, {"$set": used}, return_document=before)
        return self.token(hashed) if row is None else row

    def drop_expired_tokens(self, now: int) -> None:
        """Remove refresh tokens that have expired, used or not, TOKENS_AT_ONCE at most."""
        rows = self._tokens.find({"expires_at": {"$lt": now}}, {"_id": 1}).limit(TOKENS_AT_ONCE)
        self._tokens.delete_many({"_id": {"$in": [row["_id"] for row in rows]}})

    def remove(self, user: str) -> None:
        """Remove an account and its private space. No user can read that space any more, so no tombstones are kept.

        Each pass deletes the account, its passkeys and its identity after everything else: after an interruption the
        user can sign in and ask again. The second pass removes what a phone stored that signed in during the first.
        """
        for _ in range(2):
            self.sign_out(user, [row["_id"] for row in self.devices(user)])
            for factors in (self.database.recovery_codes, self.database.links, self.database.reset_codes):
                factors.delete_many({"user": user})
            for space in (space_of(user) for space_of in OWN_SPACES):
                documents.delete(self.database.records, space)
            ledger.forget(self.database, user)
            self._keep_handle(user)
            self._users.delete_one({"_id": user})
            self.database.passkeys.delete_many({"user": user})
            self.database.totp.delete_one({"_id": user})
            self.database.identities.delete_many({"user": user})  # last: until then the user can sign in and ask again

    def _keep_handle(self, user: str) -> None:
        """Keep the handle of an account before its removal. Demo accounts have random handles, which are not kept."""
        row = self.by_id(user)
        if self._kept is not None and row is not None and not is_demo(user):
            self._kept.keep(row["handle"])

    def _is_kept(self, handle: str) -> bool:
        return self._kept is not None and self._kept.is_kept(handle)
