"""Accounts and phones: signing up, in and out."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import uuid_utils

from schemas.errors import Forbidden, NotFound, SecondFactorMissing, SecondFactorRequired, Unauthenticated
from schemas.text import folded, opaque
from server.accounts import passphrases
from server.accounts.passphrase_rules import chosen
from server.accounts.rate_limits import RateLimits, origin
from server.accounts.second_factor import SecondFactor
from server.accounts.sign_in_times import SignInTimes
from server.accounts.tokens import Tokens, hashed, new_refresh
from server.commands.context import Caller, Clock
from server.limits.settings import Limits
from server.store.accounts import NEVER, AccountStore
from server.store.database import Document
from sync.clock import MINUTE
from sync.record import Wire

MOST_SWEPT = 100  # expired devices that are signed out at once
GRACE = 45_000  # ms within which a used refresh token is answered again: the first answer may have been lost. A client
# waits for 30 s, and tries again after 10


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
        """Make an account and return its id; raises IdTaken, or BadRequest for a passphrase that is easily guessed."""
        user = _new_id()
        self._account_store.add(user, handle, chosen(passphrase, handle, "passphrase"), role, self._now())
        return user

    def log_in(self, args: Wire, address: str) -> Wire:
        """Sign a phone in. A wrong passphrase and an unknown handle get the same answer, after the same time.

        Raises Unauthenticated, and SecondFactorRequired if the passphrase is right and not enough.
        """
        row = self.tried(args, address)
        if not self.is_proven(row, args["passphrase"]) or row is None:
            raise Unauthenticated("Handle or passphrase is wrong.", field="passphrase")
        self._tries.signed_in(origin(address), folded(args["handle"]))
        factors = self._second_factor.require(row["_id"], row["role"], args.get("totp"), origin(address))
        tokens = self.let_in(row["_id"], row["role"], args["device"])
        current = self._account_store.by_id(row["_id"]) or {}
        if current.get("passphrase") != row["passphrase"] or self._second_factor.of(row["_id"]) != factors:
            # the passphrase or the factors were changed, or the account was removed, meanwhile
            self.end(row["_id"], [tokens["device"]], None)
            raise Unauthenticated("Handle or passphrase is wrong.", field="passphrase")
        return tokens

    def tried(self, args: Wire, address: str, way: str = "login") -> Document | None:
        """Count a try to sign in with a handle, and return its account or None; raises RateLimited.

        A phone that was signed in to this account before, as its device key shows, has tries of its own. So has each
        ``way`` to sign in.
        """
        known = self._tokens.known_device(args.get("device_key"))
        row = self._account_store.by_handle(args["handle"]) if known else None
        if known is not None and row is not None and row["_id"] == known[0]:
            self._tries.sign_in_again(way, *known)
            return row
        self._tries.sign_in(way, origin(address), folded(args["handle"]))
        return self._account_store.by_handle(args["handle"])

    def let_in(self, user: str, role: str, name: str, until: int = NEVER) -> Wire:
        """Sign a new device of a user in, who has proven who they are, and return its tokens.

        ``until`` (ms since the epoch): when the user has to sign in again, however much the device is used.
        """
        device, refresh, now = _new_id(), new_refresh(), self._now()
        expires = self._times.expires(now, now, until)
        self._account_store.add_device(device, user, name, now, expires, until)
        account = self._account_store.by_id(user)
        if account is None or account["role"] != role:  # it was removed, or has another role, meanwhile
            self.end(user, [device], None)
            raise Unauthenticated("This account has just been changed; sign in again.", field="account")
        if account.get("suspended_until", 0) > now:
            self._account_store.set_suspended(device, account["suspended_until"])
        self._account_store.add_token(hashed(refresh), device, now, expires)
        self._sign_out_unused(user, device)
        return {**self._pair(Caller(user, device, role), refresh), "device_key": self._tokens.device_key(user)}

    def refresh(self, args: Wire, address: str) -> Wire:
        """Trade a refresh token for a new pair of tokens; raises Unauthenticated.

        A token that was used before is a sign of theft: its device is signed out, whoever sent the token. Within
        GRACE the second use counts as a retry, and is answered with the same new refresh token.
        """
        old, now = args["refresh_token"], self._now()
        self._sweep(now)
        known = self._account_store.token(hashed(old))
        self._tries.refresh(known["device"] if known else origin(address))
        if known is not None and "ended" in known:
            raise _signed_out("refresh_token", known["ended"])
        row = self._account_store.use_token(hashed(old), now)
        device = self._account_store.device(row["device"]) if row else None
        account = self._account_store.by_id(device["user"]) if device else None
        if row is None or device is None or account is None:
            message = "This refresh token is not known; sign in again."
            raise Unauthenticated(message, field="refresh_token", reason="unknown")
        if row["used_at"] is not None and now - row["used_at"] > GRACE:
            raise self._ended(device, "refresh_token_used_twice")
        expires = self._times.expires(now, device["created_at"], device.get("until", NEVER))
        following = self._tokens.following(old)
        if self._times.is_over(row, device, now):
            raise self._ended(device, "expired")
        self._account_store.add_token(hashed(following), device["_id"], now, expires)
        self._account_store.touch(device["_id"], now, expires)
        return self._pair(Caller(account["_id"], device["_id"], account["role"]), following)

    def caller(self, access: object) -> Caller:
        """Return the caller of an access token; raises Unauthenticated, which says why in ``reason``.

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
            raise _signed_out("token", self._account_store.ended(caller.device))
        return replace(caller, suspended_until=device["suspended_until"]) if "suspended_until" in device else caller

    def signed_in(self, devices: Sequence[str]) -> set[str]:
        """Return those of some devices that are signed in."""
        return self._account_store.signed_in(devices)

    def devices(self, caller: Caller) -> list[Wire]:
        """Return the caller's phones."""
        return [_shown(row, caller) for row in self._account_store.devices(caller.user)]

    def sign_out(self, caller: Caller, device: str) -> None:
        """Sign one of the caller's phones out; raises NotFound for a device that is unknown or another user's.

        The caller's own phone may have been signed out by another request meanwhile: then it is done already.
        """
        is_own = device == caller.device
        if not self.end(caller.user, [device], None if is_own else "by_another_device") and not is_own:
            message = "You have no such device; it may be signed out already. GET /api/v1/devices lists yours."
            raise NotFound(message, field="device")

    def change_passphrase(self, caller: Caller, args: Wire) -> None:
        """Set a new passphrase and sign out every other phone.

        Raises Forbidden if the old one is wrong, or BadRequest for a new one that is easily guessed.
        """
        before = self.confirm(caller, args["passphrase"], args.get("code"))
        row = self._account_store.by_id(caller.user) or {}
        passphrase = chosen(args["new_passphrase"], row.get("handle", ""), "new_passphrase")
        if not self._account_store.replace_passphrase(caller.user, before, passphrase):
            raise Forbidden("The passphrase has just been changed by somebody else.", field="passphrase")
        self.end_all(caller.user, "passphrase_changed", keep=caller.device)

    def confirm(self, caller: Caller, passphrase: str, code: str | None = None) -> str:
        """Raise Forbidden unless the passphrase is the caller's, and SecondFactorMissing if it is not enough.

        ``code`` is that of the authenticator app. Only tries of this signed-in account are counted. Returns the
        passphrase as it is stored.
        """
        self._tries.confirm(caller.user)
        row = self._account_store.by_id(caller.user)
        if row is not None and row["passphrase"] is None:
            message = "This account has no passphrase: you sign in through your employer. Confirm with a new id_token."
            raise Forbidden(message, field="passphrase")
        if not self.is_proven(row, passphrase) or row is None:
            raise Forbidden("The passphrase is wrong.", field="passphrase")
        try:
            self._second_factor.require(caller.user, caller.role, code, caller.device)
        except SecondFactorRequired as error:
            details = {**error.details, "field": "code" if error.details["field"] == "totp" else "credential"}
            raise SecondFactorMissing(error.message, **details) from error
        except Unauthenticated as error:
            raise Forbidden(error.message, field="code") from error
        return str(row["passphrase"])

    def is_proven(self, row: Document | None, passphrase: str) -> bool:
        """Tell whether a passphrase is that of an account {_id, passphrase}; takes as long if there is none.

        Passphrases are hashed in the form `opaque`. One that was hashed as it was sent, by an older version, is
        accepted as well, and hashed anew in that form, in the database and in ``row``.
        """
        form, stored = opaque(passphrase), row["passphrase"] if row else None
        if passphrases.verified(form, stored):
            return True
        is_former = form != passphrase and passphrases.verified(passphrase, stored)
        if is_former and row is not None:
            before, row["passphrase"] = row["passphrase"], passphrases.hashed(form)
            self._account_store.replace_passphrase(row["_id"], before, row["passphrase"])
        return is_former

    def remove(self, caller: Caller, passphrase: str, code: str | None = None) -> None:
        """Remove the caller's account; raises Forbidden for a wrong passphrase."""
        self.confirm(caller, passphrase, code)
        self.remove_confirmed(caller)

    def remove_confirmed(self, caller: Caller) -> None:
        """End the caller's pairings, then remove the account and everything that belongs to the caller alone.

        The caller has proven who they are. A removal that was interrupted halfway can be repeated.
        """
        self.end_all(caller.user, None)
        self._leave(caller)
        self._account_store.remove(caller.user)

    def end(self, user: str, devices: list[str], why: str | None) -> list[str]:
        """Sign some devices of a user out, and return those that were signed in.

        Each can be told ``why`` when it comes back; None: nothing is told.
        """
        ended = None if why is None else {"at": self._now(), "why": why}
        found = self._account_store.sign_out(user, devices, ended)
        self._disconnect(found)
        return found

    def end_all(self, user: str, why: str | None, keep: str = "") -> int:
        """Sign all devices of a user out, as `end` does, but the one to keep; return how many there were."""
        return len(self.end(user, [row["_id"] for row in self._account_store.devices(user) if row["_id"] != keep], why))

    def _ended(self, device: Document, why: str) -> Unauthenticated:
        """Sign a device out, and return the error that says why."""
        self.end(device["user"], [device["_id"]], why)
        return _signed_out("refresh_token", {"at": self._now(), "why": why})

    def _sign_out_unused(self, user: str, new: str) -> None:
        """Sign out the devices unused for longest, if a new one is more than an account may have."""
        if self._most_devices:
            used = sorted(self._account_store.devices(user), key=lambda row: (row["_id"] == new, row["seen_at"]))
            self.end(user, [row["_id"] for row in used[: -self._most_devices]], "too_many_devices")

    def _sweep(self, now: int) -> None:
        """Sign out devices that have expired, and remove expired refresh tokens: once a minute, some at a time."""
        if now < self._swept_at + MINUTE:
            return
        self._swept_at = now
        for user, device in self._account_store.expired(now, MOST_SWEPT):
            self.end(user, [device], "expired")
        self._account_store.drop_expired_tokens(now)

    def _pair(self, caller: Caller, refresh: str) -> Wire:
        access, expires = self._tokens.access(caller, self._now())
        who = {"user": caller.user, "device": caller.device, "role": caller.role}
        return {**who, "access_token": access, "refresh_token": refresh, "expires_at": expires}


def _signed_out(field: str, ended: Document | None) -> Unauthenticated:
    """Return the error for a device that was signed out; ``ended`` is {at, why}, if that is known."""
    known = {} if ended is None else {"why": ended["why"], "at": ended["at"]}
    return Unauthenticated("This device was signed out; sign in again.", field=field, reason="signed_out", **known)


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
