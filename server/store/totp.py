"""The authenticator apps of accounts: one secret for each account, encrypted."""

from pymongo.errors import DuplicateKeyError

from server.store.database import Document, Mongo


class TotpStore:
    """The collection `totp`: {_id: user, secret, confirmed_at, last_step}.

    ``confirmed_at`` is None until a code has shown that the app has the secret. ``last_step`` is the time step of the
    last code that was used, counted in steps of 30 s since the epoch.
    """

    def __init__(self, database: Mongo) -> None:
        self._totp = database.totp

    def start(self, user: str, secret: str) -> bool:
        """Store an encrypted secret in place of an unconfirmed one; return False if a confirmed one is there."""
        try:
            unconfirmed = {"secret": secret, "last_step": 0}
            self._totp.update_one({"_id": user, "confirmed_at": None}, {"$set": unconfirmed}, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    def find(self, user: str) -> Document | None:
        """Return the secret of an account, confirmed or not."""
        return self._totp.find_one({"_id": user})

    def confirm(self, user: str, secret: str, step: int, now: int) -> bool:
        """Make an unconfirmed secret valid; return False if it was replaced, confirmed or removed meanwhile."""
        unconfirmed = {"_id": user, "secret": secret, "confirmed_at": None}
        confirmed = {"confirmed_at": now, "last_step": step}
        return self._totp.update_one(unconfirmed, {"$set": confirmed}).matched_count == 1

    def use_step(self, user: str, step: int) -> bool:
        """Record that the code of a time step was used; return False if this step or a later one was used before."""
        earlier = {"_id": user, "last_step": {"$lt": step}}
        return self._totp.update_one(earlier, {"$set": {"last_step": step}}).matched_count == 1

    def encrypt_anew(self, user: str, old: str, new: str) -> None:
        """Store the same secret encrypted with another key, unless another secret has replaced it."""
        self._totp.update_one({"_id": user, "secret": old}, {"$set": {"secret": new}})

    def remove(self, user: str) -> bool:
        """Remove the secret of an account; return whether there was one that was confirmed."""
        row = self._totp.find_one_and_delete({"_id": user})
        return row is not None and row["confirmed_at"] is not None
