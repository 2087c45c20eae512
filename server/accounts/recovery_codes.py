"""Recovery codes: the way back into an account whose passphrase or second factor is lost. Each works once.

They are shown once and stored hashed. Codes of 80 random bits need no slow hash: nobody can try all values.
"""

import secrets
from base64 import b32encode
from hashlib import sha256

from schemas import text
from schemas.errors import Unauthenticated
from server.accounts.accounts import Accounts
from server.accounts.attempts import signing_in
from server.accounts.factors import Factors
from server.accounts.passphrase_rules import chosen
from server.accounts.rate_limits import origin
from server.accounts.second_factor import SecondFactor
from server.accounts.security_events import SecurityEvents
from server.commands.context import Caller, Clock
from server.observability.security_log import SecurityLog
from server.store.accounts import AccountStore
from server.store.database import Document
from server.store.recovery_codes import RecoveryCodeStore
from sync.record import Wire

CODES = 10
CODE_BYTES = 10  # random bytes of a code
CODE_LENGTH = 16  # letters and digits of a code, without the hyphens


class RecoveryCodes:
    """Makes recovery codes, and signs users in with them."""

    def __init__(
        self,
        accounts: Accounts,
        account_store: AccountStore,
        store: RecoveryCodeStore,
        factors: Factors,
        second_factor: SecondFactor,
        events: SecurityEvents,
        security: SecurityLog,
        now: Clock,
    ) -> None:
        self._accounts, self.account_store, self._store = accounts, account_store, store
        self._factors, self._second_factor, self._events, self.security, self._now = (
            factors,
            second_factor,
            events,
            security,
            now,
        )

    def renew(self, caller: Caller, proof: Wire) -> list[str]:
        """Return CODES new codes of the caller, who proves who they are; earlier codes are not valid any more.

        Raises as `Factors.prove`.
        """
        self._factors.prove(caller, proof)
        codes = [_new_code() for _ in range(CODES)]
        self._events.add(caller.user, "recovery_codes_made", caller.device)
        self._store.replace(caller.user, [_hashed(caller.user, code) for code in codes], self._now())
        return codes

    def left(self, caller: Caller) -> Wire:
        """Return how many codes the caller has left, and when they were made; None: never."""
        return self._store.left(caller.user)

    @signing_in("recovery_code")
    def recover(self, args: Wire, address: str) -> Wire:
        """Use a code up in place of a lost factor, sign every device out, and sign this one in; returns its tokens.

        With {new_passphrase, totp} the code replaces the passphrase; with {passphrase} it replaces the second factors,
        which are removed. A wrong code, a wrong passphrase and an unknown handle get the same answer, Unauthenticated.
        In the first case, raises SecondFactorRequired as `SecondFactor.require`.
        """
        row = self._accounts.tried(args, address, "recover")
        code = _hashed(row["_id"] if row is not None else "", text.code(args["code"], CODE_LENGTH))
        is_right = args["passphrase"] is None or self._accounts.is_proven(row, args["passphrase"])
        if not self._store.has(code) or not is_right or row is None:
            raise _wrong()
        passphrase = self._new_passphrase(row, args, address)
        user = row["_id"]
        self._events.add(user, "recovery_code_used", name=args["device"])
        if not self._store.use(code):  # another request has used it meanwhile
            raise _wrong()
        self._accounts.devices.end_all(
            user, "recovery_code_used"
        )  # first, so that no device stays signed in if the rest is interrupted
        if passphrase is not None:
            self.account_store.drop_reset_codes(user)
            self.account_store.set_passphrase(user, passphrase)
        else:
            self._second_factor.remove_all(user)
        self._accounts.devices.end_all(user, "recovery_code_used")
        return self._accounts.devices.let_in(user, row["role"], args["device"])

    def _new_passphrase(self, row: Document, args: Wire, address: str) -> str | None:
        """Return a new passphrase as it is stored, or None if the old one was right and the second factor is lost."""
        if args["passphrase"] is not None:
            return None
        passphrase = chosen(args["new_passphrase"], row["handle"], "new_passphrase")
        self._second_factor.require(row["_id"], row["role"], args["totp"], origin(address))
        return passphrase


def _wrong() -> Unauthenticated:
    return Unauthenticated("Handle, passphrase or recovery code is wrong.", field="code")


def _new_code() -> str:
    return text.code(b32encode(secrets.token_bytes(CODE_BYTES)).decode(), CODE_LENGTH)


def _hashed(user: str, code: str) -> str:
    return sha256(f"{user} {code}".encode()).hexdigest()
