"""The push tokens of devices: each is sealed with the data key of its account, and found by a digest."""

from collections.abc import Iterable
from typing import Any

import structlog
from cryptography.exceptions import InvalidTag

from server.sealing.ciphertext import sealed, unsealed
from server.sealing.master_keys import Tampered, UnknownMasterKey
from server.sealing.parts import Owner
from server.store.data_keys import DataKeys, MissingKey
from server.store.database import Document, Mongo
from sync.record import private

log = structlog.get_logger()

FIELDS = ("push_token", "push_digest", "push_sealed", "push_platform", "push_keys", "push_at")
NO_PUSH_TOKEN = {"$unset": dict.fromkeys(FIELDS, "")}


class PushTokens:
    """The push tokens in the collection `devices`."""

    def __init__(self, database: Mongo, keys: DataKeys) -> None:
        self._devices, self._keys = database.devices, keys

    def put(self, device: str, push: Document | None) -> None:
        """Store the push token of a device, {platform, token, keys?, at?}; None: the device cannot be notified.

        ``keys`` are (p256dh, auth) of a subscription, whose endpoint is the token; ``at`` is in ms since the epoch.

        A token belongs to one app on one phone: a user who was signed in there before is not notified there any more.
        """
        row = self._devices.find_one({"_id": device})
        if push is None or row is None:
            self._devices.update_one({"_id": device}, NO_PUSH_TOKEN)
            return
        self.forget(push["token"])
        self._store(row, push["platform"], push["token"], push.get("keys", ()), push.get("at", 0))

    def forget(self, token: str) -> None:
        """Remove a push token from every device that has it."""
        self._devices.update_many({"push_digest": self._digest(token)}, NO_PUSH_TOKEN)
        self._devices.update_many({"push_token": token}, NO_PUSH_TOKEN)  # of an older version, not yet sealed

    def of(self, device: str) -> Document | None:
        """Return a device {_id, user, push_platform, push_token, push_keys?, push_at} that can be notified, or None."""
        return next(iter(self._opened(self._devices.find({"_id": device}))), None)

    def of_user(self, user: str) -> list[Document]:
        """Return the devices of a user that can be notified, as ``of`` does."""
        return self._opened(self._devices.find({"user": user}))

    def reachable(self, users: Iterable[str]) -> set[str]:
        """Return those of the users who have a device that can be notified."""
        rows = self._devices.find({"user": {"$in": list(users)}}, {"user": 1, "push_platform": 1})
        return {row["user"] for row in rows if "push_platform" in row}

    def seal_older(self) -> None:
        """Seal the tokens that an older version has stored."""
        for row in list(self._devices.find({"push_token": {"$exists": True}})):
            token = row["push_token"]
            where = {"_id": row["_id"], "push_token": token}  # unless it was changed or removed meanwhile
            self._store(row, row["push_platform"], token, row.get("push_keys", ()), row.get("push_at", 0), where)

    def _store(
        self, row: Document, platform: str, token: str, keys: Iterable[str], at: int, where: Document | None = None
    ) -> None:
        owner = _owner(row)
        key = self._keys.of([owner])[owner]
        if key.cipher is None:  # the account is being deleted
            return
        values: dict[str, Any] = {"push_token": token, "push_keys": list(keys)}
        found = {
            "push_platform": platform,
            "push_digest": self._digest(token),
            "push_sealed": [key.id, sealed(key.cipher, key.id, values, _about(row))],
            "push_at": at,
        }
        gone = {"push_token": "", "push_keys": ""}
        self._devices.update_one(where or {"_id": row["_id"]}, {"$set": found, "$unset": gone})

    def _opened(self, rows: Iterable[Document]) -> list[Document]:
        """Return devices with their tokens; a device whose token cannot be opened is left out, and logged."""
        opened = list[Document]()
        for row in rows:
            if "push_platform" not in row:
                continue
            try:
                values = self._unsealed(row)
            except (MissingKey, UnknownMasterKey, Tampered, InvalidTag):
                log.exception("a push token cannot be opened", device=row["_id"])
                continue
            if values is not None:
                opened.append(row | values)
        return opened

    def _unsealed(self, row: Document) -> Document | None:
        """Return the sealed values of a device; None if their key is destroyed."""
        if "push_sealed" not in row:  # of an older version
            return {}
        name, blob = row["push_sealed"]
        cipher = self._keys.by_id([name])[name].cipher
        if cipher is None:
            return None
        values = unsealed(cipher, name, blob, _about(row))
        return {field: value for field, value in values.items() if value}

    def _digest(self, token: str) -> str:
        return self._keys.digest("push", token)


def _owner(row: Document) -> Owner:
    return Owner(row["user"], private(row["user"]))


def _about(row: Document) -> bytes:
    return f"device|{row['_id']}|push".encode()
