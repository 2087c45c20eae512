"""Accounts and phones: signing up, in and out."""

from collections.abc import Callable, Sequence

import uuid_utils

from schemas.errors import Forbidden, Unauthenticated
from server.accounts import passphrases
from server.accounts.rate_limits import RateLimits, origin
from server.accounts.second_factor import SecondFactor
from server.accounts.sign_in_times import SignInTimes
from server.accounts.tokens import Tokens, hashed, new_refresh
from server.commands.context import Caller, Clock
from server.limits.settings import Limits
from server.store.accounts import AccountStore, folded
from server.store.database import Document
from sync.clock import MINUTE
from sync.record import Wire

MOST_SWEPT = 100  # expired devices that are signed out at once
GRACE = 10_000  # ms within which a used refresh token is answered again: the first answer may have been lost


class Accounts:
    """Creates, signs in, signs out and removes users and their phones.

    ``leave`` ends a user's pairings before the account is removed; ``disconnect`` takes the ids of signed-out devices.
    ``require_room`` raises TryLater if no new account can be stored.
    """

    def __init__(
        self,
        account_store: AccountStore,
        tokens: Tokens,
        leave: Callable[[Caller], None],
        disconnect: Callable[[list[str]], None],
        require_room: Callable[[], None],
        limits: Limits,
        now: Clock,
        *,
        tries: RateLimits,
        second_factor: SecondFactor,
    ) -> None:
        self._account_store, self._tokens, self._now = account_store, tokens, now
        self._leave, self._disconnect, self._require_room = leave, disconnect, require_room
        self._tries, self._times, self._second_factor = tries, SignInTimes(limits), second_factor
        self._most_devices, self._swept_at = limits.devices_per_account, 0

    def register(self, args: Wire, address: str) -> Wire:
        """Make a peer's account and sign the phone in; raises IdTaken if the handle is in use."""
        self._tries.register(origin(address))
        self._require_room()
        user = self.create(args["handle"], args["passphrase"], "peer")
        return self.let_in(user, "peer", args["device"])

    def create(self, handle: str, passphrase: str, role: str) -> str:
        """Make an account and return its id; raises IdTaken if the handle is in use."""
        user = _new_id()
        self._account_store.add(user, handle, passphrases.hashed(passphrase), role, self._now())
        return user

    def log_in(self, args: Wire, address: str) -> Wire:
        """Sign a phone in. A wrong passphrase and an unknown handle get the same answer, after the same time.

        Raises Unauthenticated, and SecondFactorRequired if the passphrase is right and not enough.
        """
        self._tries.sign_in(origin(address), folded(args["handle"]))
        row = self._account_store.by_handle(args["handle"])
        if not passphrases.verified(args["passphrase"], row["passphrase"] if row else None) or row is None:
            raise Unauthenticated("Handle or passphrase is wrong.", field="passphrase")
        factors = self._second_factor.require(row["_id"], row["role"], args.get("totp"), origin(address))
        tokens = self.let_in(row["_id"], row["role"], args["device"])
        current = self._account_store.by_id(row["_id"]) or {}
        if current.get("passphrase") != row["passphrase"] or self._second_factor.of(row["_id"]) != factors:
            # the passphrase or the factors were changed, or the account was removed, meanwhile
            self._sign_out(row["_id"], [tokens["device"]])
            raise Unauthenticated("Handle or passphrase is wrong.", field="passphrase")
        return tokens

    def let_in(self, user: str, role: str, name: str) -> Wire:
        """Sign a new device of a user in, who has proven who they are, and return its tokens."""
        device, refresh, now = _new_id(), new_refresh(), self._now()
        expires = self._times.expires(now, now)
        self._account_store.add_device(device, user, name, now, expires)
        self._account_store.add_token(hashed(refresh), device, now, expires)
        self._sign_out_unused(user, device)
        return self._pair(Caller(user, device, role), refresh)

    def refresh(self, args: Wire, address: str) -> Wire:
        """Trade a refresh token for a new pair of tokens; raises Unauthenticated.

        A token that was used before is a sign of theft: its device is signed out, whoever sent the token. Within
        GRACE the second use counts as a retry, and is answered with the same new refresh token.
        """
        old, now = args["refresh_token"], self._now()
        self._sweep(now)
        known = self._account_store.token(hashed(old))
        self._tries.refresh(known["device"] if known else origin(address))
        row = self._account_store.use_token(hashed(old), now)
        device = self._account_store.device(row["device"]) if row else None
        account = self._account_store.by_id(device["user"]) if device else None
        if row is None or device is None or account is None:
            raise Unauthenticated("This refresh token is not valid; sign in again.", field="refresh_token")
        if row["used_at"] is not None and now - row["used_at"] > GRACE:
            self._sign_out(device["user"], [device["_id"]])
            raise Unauthenticated("This refresh token was used before; sign in again.", field="refresh_token")
        expires, following = self._times.expires(now, device["created_at"]), self._tokens.following(old)
        if self._times.is_over(row, device, now):
            self._sign_out(device["user"], [device["_id"]])
            raise Unauthenticated("This device was signed in for too long; sign in again.", field="refresh_token")
        self._account_store.add_token(hashed(following), device["_id"], now, expires)
        self._account_store.touch(device["_id"], now, expires)
        return self._pair(Caller(account["_id"], device["_id"], account["role"]), following)

    def caller(self, access: object) -> Caller:
        """Return the caller of an access token; raises Unauthenticated if it is invalid or its device signed out.

        Raises SecondFactorMissing for staff who must set up a second factor before anything else.
        """
        caller = self.known_caller(access)
        self._second_factor.require_set_up(caller)
        return caller

    def known_caller(self, access: object) -> Caller:
        """Return the caller of an access token, who may have to set up a second factor; raises Unauthenticated."""
        caller = self._tokens.caller(access, self._now())
        device = self._account_store.device(caller.device)
        if device is None or device["user"] != caller.user:
            raise Unauthenticated("This device has been signed out.", field="token")
        return caller

    def signed_in(self, devices: Sequence[str]) -> set[str]:
        """Return those of some devices that are signed in."""
        return self._account_store.signed_in(devices)

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
        self.sign_out_all(caller.user, keep=caller.device)

    def sign_out_all(self, user: str, keep: str = "") -> int:
        """Sign out all devices of a user but the one to keep; return how many there were."""
        devices = [row["_id"] for row in self._account_store.devices(user) if row["_id"] != keep]
        self._sign_out(user, devices)
        return len(devices)

    def confirm(self, caller: Caller, passphrase: str) -> None:
        """Raise Forbidden unless the passphrase is the caller's. Only tries of this signed-in account are counted."""
        self._tries.confirm(caller.user)
        row = self._account_store.by_id(caller.user)
        if not passphrases.verified(passphrase, row["passphrase"] if row else None):
            raise Forbidden("The passphrase is wrong.", field="passphrase")

    def remove(self, caller: Caller, passphrase: str) -> None:
        """End the caller's pairings, then remove the account and everything that belongs to the caller alone.

        Raises Forbidden for a wrong passphrase. A removal that was interrupted halfway can be repeated.
        """
        self.confirm(caller, passphrase)
        self.sign_out_all(caller.user)
        self._leave(caller)
        self._account_store.remove(caller.user)

    def _sign_out(self, user: str, devices: list[str]) -> None:
        self._disconnect(self._account_store.sign_out(user, devices))

    def _sign_out_unused(self, user: str, new: str) -> None:
        """Sign out the devices unused for longest, if a new one is more than an account may have."""
        if self._most_devices:
            used = sorted(self._account_store.devices(user), key=lambda row: (row["_id"] == new, row["seen_at"]))
            self._sign_out(user, [row["_id"] for row in used[: -self._most_devices]])

    def _sweep(self, now: int) -> None:
        """Sign out devices that have expired, and remove expired refresh tokens: once a minute, some at a time."""
        if now < self._swept_at + MINUTE:
            return
        self._swept_at = now
        for user, device in self._account_store.expired(now, MOST_SWEPT):
            self._sign_out(user, [device])
        self._account_store.drop_expired_tokens(now)

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
