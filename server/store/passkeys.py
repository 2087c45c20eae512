"""The passkeys of accounts, and the challenges that have been used.

Keys, ids and digests are stored as text, in base64url or hexadecimal digits.
"""

from datetime import UTC, datetime

from pymongo.errors import DuplicateKeyError

from schemas.errors import IdTaken
from server.store.database import Document, Mongo


class PasskeyStore:
    """The collections `passkeys` and `used_challenges`, and the WebAuthn user ids in `users`."""

    def __init__(self, database: Mongo) -> None:
        self._passkeys, self._users = database.passkeys, database.users
        self._used_challenges = database.used_challenges

    def user_id(self, user: str, fresh: str) -> str:
        """Return the WebAuthn user id of an account. It never changes; ``fresh`` is stored if there is none yet."""
        row = self._users.find_one({"_id": user}) or {}
        if "webauthn_id" in row:
            return str(row["webauthn_id"])
        self._users.update_one({"_id": user, "webauthn_id": {"$exists": False}}, {"$set": {"webauthn_id": fresh}})
        return str((self._users.find_one({"_id": user}) or {}).get("webauthn_id", fresh))

    def add(self, passkey: Document) -> None:
        """Add {_id, user, user_id, name, public_key, sign_count, backed_up, created_at, used_at}; raises IdTaken."""
        try:
            self._passkeys.insert_one(passkey)
        except DuplicateKeyError as error:
            raise IdTaken("This passkey has been added before.", field="credential") from error

    def find(self, passkey: str) -> Document | None:
        """Return a passkey by the id of its credential."""
        return self._passkeys.find_one({"_id": passkey})

    def of(self, user: str) -> list[Document]:
        """Return the passkeys of an account, oldest first."""
        return list(self._passkeys.find({"user": user}).sort("created_at", 1))

    def count(self, user: str) -> int:
        """Return how many passkeys an account has."""
        return self._passkeys.count_documents({"user": user})

    def use(self, passkey: str, sign_count: int, now: int, *, is_backed_up: bool) -> bool:
        """Record a use of a passkey; return False if it was removed, or if its sign count did not go up.

        The sign count of a passkey that does not count its uses is always 0.
        """
        before = {"$lt": sign_count} if sign_count else 0
        used = {"sign_count": sign_count, "backed_up": is_backed_up, "used_at": now}
        return self._passkeys.update_one({"_id": passkey, "sign_count": before}, {"$set": used}).matched_count == 1

    def remove(self, user: str, passkey: str) -> bool:
        """Remove a passkey of an account; return False if the account has no such passkey."""
        found = self.find(passkey)
        if found is None or found["user"] != user:
            return False
        return self._passkeys.delete_one({"_id": passkey}).deleted_count == 1

    def remove_all(self, user: str) -> int:
        """Remove all passkeys of an account; return how many there were."""
        return self._passkeys.delete_many({"user": user}).deleted_count

    def spend(self, challenge: str, now: int) -> bool:
        """Mark a challenge as used, by its digest; return False if it was used before, also by another worker."""
        try:
            self._used_challenges.insert_one({"_id": challenge, "at": datetime.fromtimestamp(now / 1000, UTC)})
        except DuplicateKeyError:
            return False
        return True
