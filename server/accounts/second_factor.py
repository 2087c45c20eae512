"""The rule of the second factor: when a passphrase alone is not enough.

An account with an authenticator app needs its code. Staff (supervisors and operators) who have no app but passkeys sign
in with a passkey: it verifies its user, and counts as both factors. With STAFF_SECOND_FACTOR=required, staff without
any second factor may only set one up. An account that signs in through an employer has no passphrase here: the
employer's provider decides whether a second factor is needed.
"""

from schemas.errors import SecondFactorMissing, SecondFactorRequired, Unauthenticated
from server.accounts.factor_settings import REQUIRED
from server.accounts.rate_limits import RateLimits
from server.accounts.totp import Totp
from server.commands.context import STAFF, Caller
from server.store.accounts import AccountStore
from server.store.passkeys import PasskeyStore
from sync.record import Wire


class SecondFactor:
    """Tells which accounts need a second factor, and verifies codes. ``tries`` limits how many codes can be tried."""

    def __init__(
        self, account_store: AccountStore, passkeys: PasskeyStore, totp: Totp, tries: RateLimits, mode: str
    ) -> None:
        self._account_store = account_store
        self._passkeys, self._totp, self._tries, self._mode = passkeys, totp, tries, mode

    def of(self, user: str) -> list[str]:
        """Return the second factors that an account has, out of "totp" and "passkey"."""
        found = {"totp": self._totp.is_on(user), "passkey": self._passkeys.count(user) > 0}
        return [name for name, is_there in found.items() if is_there]

    def require(self, user: str, role: str, code: str | None, place: str) -> list[str]:
        """Raise unless the passphrase, already verified, is enough, or ``code`` is that of the account's app.

        Returns the second factors of the account. ``place`` is the address or device that tries. Raises
        SecondFactorRequired if the app's code is missing, or staff without an app have a passkey; Unauthenticated for
        a code that is wrong or was used before; and RateLimited. Only callers with the passphrase use up these tries.
        """
        factors = self.of(user)
        if "totp" in factors:
            if code is None:
                message = "The passphrase alone is not enough: send the code of your authenticator app as totp."
                raise SecondFactorRequired(message, field="totp", factors=factors)
            self._tries.code(user, place)
            if not self._totp.takes(user, code):
                raise Unauthenticated("The code is wrong or was used before; wait for the next one.", field="totp")
        elif "passkey" in factors and role in STAFF:
            message = "The passphrase alone is not enough for staff: use your passkey."
            raise SecondFactorRequired(message, field="passphrase", factors=factors)
        return factors

    def remove_all(self, user: str) -> Wire:
        """Remove all factors of a user but the passphrase; return {totp, passkeys}: if there was an app, how many."""
        return {"totp": self._totp.remove(user), "passkeys": self._passkeys.remove_all(user)}

    def is_required_of(self, role: str) -> bool:
        """Tell whether users of a role must have a second factor."""
        return self._mode == REQUIRED and role in STAFF

    def require_set_up(self, caller: Caller) -> None:
        """Raise SecondFactorMissing if a caller of the staff must have a second factor and has none."""
        if self.is_required_of(caller.role) and not self.of(caller.user) and self._has_passphrase(caller.user):
            message = (
                "Staff need a second factor here. Set up an authenticator app with POST /api/v1/totp, or a passkey "
                "with POST /api/v1/passkeys/options; nothing else can be done before."
            )
            raise SecondFactorMissing(message, factors=[])

    def _has_passphrase(self, user: str) -> bool:
        account = self._account_store.by_id(user)
        return account is not None and account["passphrase"] is not None
