"""Accounts and phones: signing up, in and out."""

from collections.abc import Callable

import uuid_utils

from schemas.errors import Forbidden, Unauthenticated
from server.accounts import passphrases
from server.accounts.rate_limits import PER_ACCOUNT, PER_ADDRESS, PER_DEVICE, PER_HANDLE, RateLimits, origin
from server.accounts.tokens import Tokens, hashed, new_refresh
from server.commands.context import Caller, Clock
from server.store.accounts import AccountStore, folded
from server.store.database import Document
from sync.record import Wire

GRACE = 10_000  # ms within which a used refresh token is answered again: the first answer may have been lost


class Accounts:
    """Creates, signs in, signs out and removes users and their phones.

    ``leave`` ends a user's pairings before the account is removed; ``disconnect`` takes the ids of signed-out devices.
    """

    def __init__(
        self,
        account_store: AccountStore,
        tokens: Tokens,
        leave: Callable[[Caller], None],
        disconnect: Callable[[list[str]], None],
        now: Clock,
    ) -> None:
        self._account_store, self._tokens, self._now = account_store, tokens, now
        self._leave, self._disconnect = leave, disconnect
        self._limits = RateLimits()

    def register(self, args: Wire, address: str) -> Wire:
        """Make a peer's account and sign the phone in; raises IdTaken if the handle is in use."""
        self._limits.hit(PER_ADDRESS, "register", origin(address))
        user = self.create(args["handle"], args["passphrase"], "peer")
        return self._signed_in(user, "peer", args["device"])

    def create(self, handle: str, passphrase: str, role: str) -> str:
        """Make an account and return its id; raises IdTaken if the handle is in use."""
        user = _new_id()
        self._account_store.add(user, handle, passphrases.hashed(passphrase), role, self._now())
        return user

    def log_in(self, args: Wire, address: str) -> Wire:
        """Sign a phone in. A wrong passphrase and an unknown handle get the same answer, after the same time."""
        self._limits.hit(PER_ADDRESS, "login", origin(address))
        # By handle and address: a limit for the handle alone would let a stranger lock its user out.
        self._limits.hit(PER_HANDLE, "login", origin(address), folded(args["handle"]))
        row = self._account_store.by_handle(args["handle"])
        if not passphrases.verified(args["passphrase"], row["passphrase"] if row else None) or row is None:
            raise Unauthenticated("Handle or passphrase is wrong.", field="passphrase")
        tokens = self._signed_in(row["_id"], row["role"], args["device"])
        if (self._account_store.by_id(row["_id"]) or {}).get("passphrase") != row[
            "passphrase"
        ]:  # the passphrase was changed, or the account removed, meanwhile
            self._sign_out(row["_id"], [tokens["device"]])
            raise Unauthenticated("Handle or passphrase is wrong.", field="passphrase")
        return tokens

    def refresh(self, args: Wire, address: str) -> Wire:
        """Trade a refresh token for a new pair of tokens; raises Unauthenticated.

        A token that was used before is a sign of theft: its device is signed out, whoever sent the token. Within
        GRACE the second use counts as a retry, and is answered with the same new refresh token.
        """
        old, now = args["refresh_token"], self._now()
        known = self._account_store.token(hashed(old))
        self._limits.hit(PER_DEVICE, "refresh", known["device"] if known else origin(address))
        row = self._account_store.use_token(hashed(old), now)
        device = self._account_store.device(row["device"]) if row else None
        account = self._account_store.by_id(device["user"]) if device else None
        if row is None or device is None or account is None:
            raise Unauthenticated("This refresh token is not valid; sign in again.", field="refresh_token")
        if row["used_at"] is not None and now - row["used_at"] > GRACE:
            self._sign_out(device["user"], [device["_id"]])
            raise Unauthenticated("This refresh token was used before; sign in again.", field="refresh_token")
        following = self._tokens.following(old)
        self._account_store.add_token(hashed(following), device["_id"], now)
        self._account_store.touch(device["_id"], now)
        return self._pair(Caller(account["_id"], device["_id"], account["role"]), following)

    def caller(self, access: object) -> Caller:
        """Return the caller of an access token; raises Unauthenticated if it is invalid or its device signed out."""
        caller = self._tokens.caller(access, self._now())
        device = self._account_store.device(caller.device)
        if device is None or device["user"] != caller.user:
            raise Unauthenticated("This device has been signed out.", field="token")
        return caller

    def devices(self, caller: Caller) -> list[Wire]:
        """Return the caller's phones."""
        return [_shown(row, caller) for row in self._account_store.devices(caller.user)]

    def sign_out(self, caller: Caller, device: str) -> None:
        """Sign one of the caller's phones out; do nothing for a device that is unknown or another user's."""
        self._sign_out(caller.user, [device])

    def change_passphrase(self, caller: Caller, args: Wire) -> None:
        """Set a new passphrase and sign out every other phone; raises Forbidden if the old one is wrong."""
        self.confirm(caller, args["passphrase"])
        self._account_store.set_passphrase(caller.user, passphrases.hashed(args["new_passphrase"]))
        self._sign_out(caller.user, [row["_id"] for row in self._account_store.devices(caller.user)], caller.device)

    def confirm(self, caller: Caller, passphrase: str) -> None:
        """Raise Forbidden unless the passphrase is the caller's. Only tries of this signed-in account are counted."""
        self._limits.hit(PER_ACCOUNT, "confirm", caller.user)
        row = self._account_store.by_id(caller.user)
        if not passphrases.verified(passphrase, row["passphrase"] if row else None):
            raise Forbidden("The passphrase is wrong.", field="passphrase")

    def remove(self, caller: Caller, passphrase: str) -> None:
        """End the caller's pairings, then remove the account and everything that belongs to the caller alone.

        Raises Forbidden for a wrong passphrase. A removal that was interrupted halfway can be repeated.
        """
        self.confirm(caller, passphrase)
        self._sign_out(caller.user, [row["_id"] for row in self._account_store.devices(caller.user)])
        self._leave(caller)
        self._account_store.remove(caller.user)

    def _sign_out(self, user: str, devices: list[str], keep: str = "") -> None:
        self._disconnect(self._account_store.sign_out(user, [device for device in devices if device != keep]))

    def _signed_in(self, user: str, role: str, name: str) -> Wire:
        device, refresh, now = _new_id(), new_refresh(), self._now()
        self._account_store.add_device(device, user, name, now)
        self._account_store.add_token(hashed(refresh), device, now)
        return self._pair(Caller(user, device, role), refresh)

    def _pair(self, caller: Caller, refresh: str) -> Wire:
        access, expires = self._tokens.access(caller, self._now())
        who = {"user": caller.user, "device": caller.device, "role": caller.role}
        return {**who, "access_token": access, "refresh_token": refresh, "expires_at": expires}


def _shown(row: Document, caller: Caller) -> Wire:
    return {
        "id": row["_id"],
        "name": row["name"],
        "created_at": row["created_at"],
        "seen_at": row["seen_at"],
        "this": row["_id"] == caller.device,
    }


def _new_id() -> str:
    return str(uuid_utils.uuid7())
