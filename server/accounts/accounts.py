"""Accounts: signing up, signing in by a passphrase, and what a passphrase confirms."""

from collections.abc import Callable

import uuid_utils

from schemas.erasure import ERASED
from schemas.errors import Forbidden, Problem, SecondFactorMissing, SecondFactorRequired, Unauthenticated
from schemas.text import folded, opaque
from server.accounts import passphrases
from server.accounts.attempts import signing_in
from server.accounts.deletion import AccountDeletion
from server.accounts.devices import Devices
from server.accounts.passphrase_rules import chosen
from server.accounts.rate_limits import RateLimits, origin
from server.accounts.second_factor import SecondFactor
from server.accounts.tokens import Tokens
from server.commands.context import Caller, Clock
from server.observability.security_log import SecurityLog
from server.store.accounts import AccountStore
from server.store.database import Document
from sync.record import Wire


class Accounts:
    """Creates and removes accounts, and signs their users in by passphrase.

    ``deletion`` ends a user's pairings before the account is removed. ``require_room`` raises TryLater if no new
    account can be stored.
    """

    def __init__(
        self,
        account_store: AccountStore,
        devices: Devices,
        tokens: Tokens,
        deletion: AccountDeletion,
        require_room: Callable[[], None],
        now: Clock,
        *,
        tries: RateLimits,
        second_factor: SecondFactor,
        security: SecurityLog,
    ) -> None:
        self.account_store, self.devices, self._tokens, self._now = account_store, devices, tokens, now
        self.deletion, self._require_room = deletion, require_room
        self._tries, self._second_factor, self.security = tries, second_factor, security

    @signing_in("registration")
    def register(self, args: Wire, address: str) -> Wire:
        """Make a peer's account and sign the phone in; raises IdTaken if the handle is in use."""
        self._tries.register(origin(address))
        self._require_room()
        user = self.create(args["handle"], args["passphrase"], "peer")
        return self.devices.let_in(user, "peer", args["device"])

    def create(self, handle: str, passphrase: str, role: str, by: str | None = None) -> str:
        """Make an account and return its id; raises IdTaken, or BadRequest for a passphrase that is easily guessed.

        ``by`` is the operator who makes it, for the security log.
        """
        user = _new_id()
        self.account_store.add(user, handle, chosen(passphrase, handle, "passphrase"), role, self._now())
        self.security.note("account_made", user=user, by=by, role=role)
        return user

    @signing_in("passphrase")
    def log_in(self, args: Wire, address: str) -> Wire:
        """Sign a phone in. A wrong passphrase and an unknown handle get the same answer, after the same time.

        Raises Unauthenticated, and SecondFactorRequired if the passphrase is right but a second factor is missing.
        """
        row = self.tried(args, address)
        if not self.is_proven(row, args["passphrase"]) or row is None:
            raise Unauthenticated("Handle or passphrase is wrong.", field="passphrase")
        self._tries.signed_in(origin(address), folded(args["handle"]))
        factors = self._second_factor.require(row["_id"], row["role"], args.get("totp"), origin(address))
        tokens = self.devices.let_in(row["_id"], row["role"], args["device"])
        current = self.account_store.by_id(row["_id"]) or {}
        if current.get("passphrase") != row["passphrase"] or self._second_factor.of(row["_id"]) != factors:
            # the passphrase or the factors were changed, or the account was removed, meanwhile
            self.devices.end(row["_id"], [tokens["device"]], None)
            raise Unauthenticated("Handle or passphrase is wrong.", field="passphrase")
        return tokens

    def tried(self, args: Wire, address: str, way: str = "login") -> Document | None:
        """Count a try to sign in with a handle, and return its account or None; raises RateLimited.

        A phone that was signed in to this account before, as its device key shows, has tries of its own. So has each
        ``way`` to sign in.
        """
        known = self._tokens.known_device(args.get("device_key"))
        row = self.account_store.by_handle(args["handle"]) if known else None
        if known is not None and row is not None and row["_id"] == known[0]:
            self._tries.sign_in_again(way, *known)
            return row
        self._tries.sign_in(way, origin(address), folded(args["handle"]))
        return self.account_store.by_handle(args["handle"])

    def change_passphrase(self, caller: Caller, args: Wire) -> None:
        """Set a new passphrase and sign out every other phone.

        Raises Forbidden if the old one is wrong, or BadRequest for a new one that is easily guessed.
        """
        before = self.confirm(caller, args["passphrase"], args.get("code"))
        row = self.account_store.by_id(caller.user) or {}
        passphrase = chosen(args["new_passphrase"], row.get("handle", ""), "new_passphrase")
        self.account_store.drop_reset_codes(caller.user)
        if not self.account_store.replace_passphrase(caller.user, before, passphrase):
            raise Forbidden("The passphrase has just been changed by somebody else.", field="passphrase")
        self.security.note("passphrase_changed", user=caller.user, by=caller.user, device=caller.device)
        self.devices.end_all(caller.user, "passphrase_changed", keep=caller.device)

    def confirm(self, caller: Caller, passphrase: str, code: str | None = None) -> str:
        """Raise Forbidden unless the passphrase is the caller's; SecondFactorMissing if a second factor is missing.

        ``code`` is that of the authenticator app. A wrong code raises Forbidden, too many tries of this account raise
        RateLimited. Returns the passphrase as it is stored.
        """
        try:
            return self._confirmed(caller, passphrase, code)
        except Problem as problem:
            self.security.note("confirmation", problem.code, user=caller.user, by=caller.user, device=caller.device)
            raise

    def is_proven(self, row: Document | None, passphrase: str) -> bool:
        """Tell whether a passphrase is that of an account {_id, passphrase}; without one, return False as slowly.

        `opaque` normalizes a passphrase before it is hashed. An older version hashed passphrases as they were sent:
        such a hash is accepted too, and replaced by one of the normalized form, in the database and in ``row``.
        """
        form, stored = opaque(passphrase), row["passphrase"] if row else None
        if passphrases.verified(form, stored):
            return True
        is_former = form != passphrase and passphrases.verified(passphrase, stored)
        if is_former and row is not None:
            before, row["passphrase"] = row["passphrase"], passphrases.hashed(form)
            self.account_store.replace_passphrase(row["_id"], before, row["passphrase"])
        return is_former

    def remove(self, caller: Caller, passphrase: str, code: str | None = None, said: str = ERASED) -> Wire:
        """Remove the caller's account, and return the receipt; raises Forbidden for a wrong passphrase."""
        self.confirm(caller, passphrase, code)
        return self.remove_confirmed(caller, said=said)

    def remove_confirmed(self, caller: Caller, by: str | None = None, said: str = ERASED) -> Wire:
        """End the caller's pairings, then remove the account and everything that belongs to the caller alone.

        The caller has proven who they are, or an operator, ``by``, removes the account. ``said``, "erased" or
        "unnamed", says what becomes of the caller's words in shared spaces. Returns the signed receipt of the erasure.
        An interrupted removal can be repeated.
        """
        if caller.role == "operator":
            raise Forbidden("There must always be an operator: another operator can delete your account.")
        self.deletion.begin(caller, said)
        self.devices.end_all(caller.user, None)
        self.deletion.leave(caller)
        self.deletion.leave(caller)  # once more: others may have given the user something to do in between
        receipt = self.deletion.erase(caller.user, said)
        self.account_store.remove(caller.user)
        self.security.note("account_deleted", user=caller.user, by=by or caller.user)
        return receipt

    def _confirmed(self, caller: Caller, passphrase: str, code: str | None) -> str:
        self._tries.confirm(caller.user)
        row = self.account_store.by_id(caller.user)
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


def _new_id() -> str:
    return str(uuid_utils.uuid7())
