"""Devices: signed in with tokens that are renewed, and signed out."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import uuid_utils

from schemas.errors import NotFound, Unauthenticated
from server.accounts.rate_limits import RateLimits, origin
from server.accounts.second_factor import SecondFactor
from server.accounts.sign_in_times import SignInTimes
from server.accounts.tokens import Tokens, hashed, new_refresh
from server.commands.context import Caller, Clock
from server.limits.settings import Limits
from server.observability.security_log import SecurityLog
from server.store.accounts import NEVER, AccountStore
from server.store.database import Document
from sync.clock import MINUTE
from sync.record import Wire

MOST_SWEPT = 100  # expired devices that are signed out at once
GRACE = 45_000  # ms within which a used refresh token is answered again: the first answer may have been lost. A client
# waits for 30 s, and tries again after 10


class Devices:
    """Signs in the devices of users who have proven who they are, signs devices out, and verifies access tokens.

    ``disconnect`` takes the ids of devices that were signed out.
    """

    def __init__(
        self,
        account_store: AccountStore,
        tokens: Tokens,
        disconnect: Callable[[list[str]], None],
        limits: Limits,
        now: Clock,
        *,
        tries: RateLimits,
        second_factor: SecondFactor,
        security: SecurityLog,
    ) -> None:
        self._account_store, self._tokens, self._now = account_store, tokens, now
        self._disconnect, self._tries, self._second_factor, self._security = disconnect, tries, second_factor, security
        self._times, self._most_devices, self._swept_at = SignInTimes(limits), limits.devices_per_account, 0

    def let_in(self, user: str, role: str, name: str, until: int = NEVER) -> Wire:
        """Sign in a new device of a user who has proven who they are, and return its tokens; raises Unauthenticated.

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
            self._account_store.set_suspended(device, self._suspended_until(user))  # it may have been lifted meanwhile
        self._account_store.add_token(hashed(refresh), device, now, expires)
        self._sign_out_unused(user, device)
        return {**self._pair(Caller(user, device, role), refresh), "device_key": self._tokens.device_key(user)}

    def _suspended_until(self, user: str) -> int:
        return int((self._account_store.by_id(user) or {}).get("suspended_until", 0))

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
            whose = {"user": device["user"], "device": device["_id"], "address": origin(address)}
            self._security.note("refresh_token_replayed", "unauthenticated", **whose)
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

    def of(self, caller: Caller) -> list[Wire]:
        """Return the caller's phones."""
        return [_shown(row, caller) for row in self._account_store.devices(caller.user)]

    def sign_out(self, caller: Caller, device: str) -> None:
        """Sign one of the caller's phones out; raises NotFound for a device that is unknown or another user's.

        The caller's own phone may have been signed out by another request meanwhile: then it is done already.
        """
        is_own = device == caller.device
        why = None if is_own else "by_another_device"
        if not self.end(caller.user, [device], why, by=caller.user) and not is_own:
            message = "You have no such device; it may be signed out already. GET /api/v1/devices lists yours."
            raise NotFound(message, field="device")

    def end(self, user: str, devices: list[str], why: str | None, by: str | None = None) -> list[str]:
        """Sign some devices of a user out, and return those that were signed in.

        A device that comes back is told ``why``, unless it is None. ``by`` is the user who did this, for the log.
        """
        ended = None if why is None else {"at": self._now(), "why": why}
        found = self._account_store.sign_out(user, devices, ended)
        for device in found:
            self._security.note("sign_out", user=user, by=by, device=device, reason=why or "not_said")
        self._disconnect(found)
        return found

    def end_all(self, user: str, why: str | None, keep: str = "", by: str | None = None) -> int:
        """Sign all devices of a user out, as `end` does, except ``keep``; return how many were signed out."""
        theirs = [row["_id"] for row in self._account_store.devices(user) if row["_id"] != keep]
        return len(self.end(user, theirs, why, by))

    def _ended(self, device: Document, why: str) -> Unauthenticated:
        """Sign a device out, and return the error that says why."""
        self.end(device["user"], [device["_id"]], why)
        return _signed_out("refresh_token", {"at": self._now(), "why": why})

    def _sign_out_unused(self, user: str, new: str) -> None:
        """Sign out the devices unused for longest, if an account has too many with the new one."""
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
