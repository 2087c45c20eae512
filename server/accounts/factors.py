"""The passkeys and the authenticator app of a user: to set up, to list, to remove, and to sign in with a passkey.

Every change needs a proof first: the passphrase with the second factor that the account needs, or a passkey.
"""

from collections.abc import Callable

from schemas.errors import Forbidden, NotFound, Problem, Unauthenticated
from server.accounts.accounts import Accounts
from server.accounts.attempts import signing_in
from server.accounts.passkeys import Passkeys
from server.accounts.rate_limits import RateLimits, origin
from server.accounts.second_factor import SecondFactor
from server.accounts.security_events import SecurityEvents
from server.accounts.totp import Totp
from server.commands.context import STAFF, Caller
from server.observability.security_log import SecurityLog
from server.store.accounts import AccountStore
from server.store.database import Document
from sync.record import Wire


class Factors:
    """The one place through which passkeys and authenticator apps are added to accounts and removed from them."""

    def __init__(
        self,
        accounts: Accounts,
        account_store: AccountStore,
        passkeys: Passkeys,
        totp: Totp,
        second_factor: SecondFactor,
        tries: RateLimits,
        events: SecurityEvents,
        security: SecurityLog,
    ) -> None:
        self._accounts, self.account_store, self._events, self.security = accounts, account_store, events, security
        self._passkeys, self._totp, self._second_factor, self._tries = passkeys, totp, second_factor, tries

    def creation_options(self, caller: Caller, proof: Wire) -> Wire:
        """Return {publicKey}: what a device needs to make a passkey for the caller, who proves who they are."""
        self.prove(caller, proof)
        return {"publicKey": self._passkeys.creation_options(caller.user, self._handle(caller))}

    def add_passkey(self, caller: Caller, name: str, credential: Wire) -> Wire:
        """Add a passkey that a device has made with the creation options of this caller."""
        is_first = not self._second_factor.of(caller.user)
        passkey = self._passkeys.add(caller.user, name, credential)
        self._finish(caller, "passkey_added", name, lambda: self._passkeys.remove(caller.user, passkey["_id"]))
        self._set_up(caller, is_first=is_first)
        return _shown(passkey)

    def passkeys(self, caller: Caller) -> list[Wire]:
        """Return the caller's passkeys, oldest first."""
        return [_shown(passkey) for passkey in self._passkeys.of(caller.user)]

    def remove_passkey(self, caller: Caller, passkey: str, proof: Wire) -> None:
        """Remove a passkey; raises NotFound, also for one of another account."""
        self.prove(caller, proof)
        name = next((one["name"] for one in self._passkeys.of(caller.user) if one["_id"] == passkey), "")
        self._passkeys.remove(caller.user, passkey)
        self._events.add(caller.user, "passkey_removed", caller.device, name)

    def request_options(self) -> Wire:
        """Return {publicKey}: what a device needs to sign in with any of its passkeys."""
        return {"publicKey": self._passkeys.request_options()}

    @signing_in("passkey")
    def sign_in(self, args: Wire, address: str) -> Wire:
        """Sign a phone in by a passkey {credential, device}, and return its tokens; raises Unauthenticated."""
        self._tries.passkey(origin(address))
        passkey = self._passkeys.verified(args["credential"])
        account = self.account_store.by_id(passkey["user"])
        if account is None:
            raise _removed()
        tokens = self._accounts.devices.let_in(account["_id"], account["role"], args["device"])
        if not self._passkeys.exists(passkey):  # the passkey, or the account, was removed meanwhile
            self._accounts.devices.end(account["_id"], [tokens["device"]], None)
            raise _removed()
        return tokens

    def second_factor(self, caller: Caller) -> Wire:
        """Return which second factors the caller has, and whether the caller must have one."""
        factors = self._second_factor.of(caller.user)
        is_required = self._second_factor.is_required_of(caller.role)
        return {"totp": "totp" in factors, "passkey": "passkey" in factors, "required": is_required}

    def start_totp(self, caller: Caller, proof: Wire) -> Wire:
        """Return {secret, uri} for an authenticator app, which is valid once it is confirmed."""
        self.prove(caller, proof)
        return self._totp.start(caller.user, self._handle(caller))

    def confirm_totp(self, caller: Caller, code: str) -> None:
        """Make the caller's authenticator app valid with its first code; raises Forbidden for a wrong one."""
        self._tries.confirm(caller.user)
        is_first = not self._second_factor.of(caller.user)
        self._totp.confirm(caller.user, code)
        self._finish(caller, "totp_set_up", "", lambda: self._totp.remove(caller.user))
        self._set_up(caller, is_first=is_first)

    def remove_totp(self, caller: Caller, proof: Wire) -> None:
        """Remove the caller's authenticator app; raises NotFound if there is none."""
        self.prove(caller, proof)
        if not self._totp.remove(caller.user):
            raise NotFound("You have no authenticator app.", field="totp")
        self._events.add(caller.user, "totp_removed", caller.device)

    def _finish(self, caller: Caller, event: str, name: str, undo: Callable[[], object]) -> None:
        """Tell the user of a factor that was added; undo the addition if that fails, or the account is gone."""
        try:
            self._handle(caller)
            self._events.add(caller.user, event, caller.device, name)
        except BaseException:
            undo()
            raise

    def _set_up(self, caller: Caller, *, is_first: bool) -> None:
        """Sign out the other devices of staff after the first factor: they signed in without one."""
        if is_first and caller.role in STAFF:
            self._accounts.devices.end_all(caller.user, "second_factor_set_up", keep=caller.device)

    def prove(self, caller: Caller, proof: Wire) -> None:
        """Raise unless the caller proves who they are, as they would to sign in: {passphrase, code} or {credential}.

        Raises Forbidden, SecondFactorMissing if the passphrase is right but not enough, and RateLimited.
        """
        account = self.account_store.by_id(caller.user)
        if account is not None and account["passphrase"] is None:
            message = "You sign in through your employer, whose provider knows your factors; Beside keeps none for you."
            raise Forbidden(message, field="passphrase")
        if proof["credential"] is None:
            self._accounts.confirm(caller, proof["passphrase"], proof["code"])
            return
        try:
            self._tries.confirm(caller.user)
            self._require_own(caller, self._passkeys.verified(proof["credential"]))
        except Problem as error:
            self.security.note("confirmation", error.code, user=caller.user, by=caller.user, device=caller.device)
            if isinstance(error, Unauthenticated):
                raise Forbidden(error.message, **error.details) from error
            raise

    def _require_own(self, caller: Caller, passkey: Document) -> None:
        if passkey["user"] != caller.user:
            raise _removed()

    def _handle(self, caller: Caller) -> str:
        account = self.account_store.by_id(caller.user)
        if account is None:
            raise Unauthenticated("This account has been removed.", field="token")
        return str(account["handle"])


def _removed() -> Unauthenticated:
    return Unauthenticated("This passkey cannot sign in here.", field="credential")


def _shown(passkey: Document) -> Wire:
    shown = {name: passkey[name] for name in ("name", "created_at", "used_at", "backed_up")}
    return {"id": passkey["_id"], **shown}
