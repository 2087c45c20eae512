"""Resetting a passphrase: an operator makes a code, and the user chooses another passphrase with it.

The operator gives the code to a person whom they know to be the user. The code works once, within a day. As with a
recovery code, the account's second factor is still required.
"""

import secrets
from base64 import b32encode
from hashlib import sha256

from schemas import text
from schemas.errors import Unauthenticated, WrongState
from server.accounts.accounts import Accounts
from server.accounts.attempts import signing_in
from server.accounts.passphrase_rules import chosen
from server.accounts.rate_limits import origin
from server.accounts.second_factor import SecondFactor
from server.accounts.security_events import SecurityEvents
from server.commands.context import Caller, Clock
from server.observability.security_log import SecurityLog
from server.store.accounts import AccountStore
from server.store.database import Document
from server.store.reset_codes import ResetCodeStore
from sync.clock import DAY
from sync.record import Wire

VALID = DAY  # ms that a code is valid
CODE_BYTES, CODE_LENGTH = 10, 16  # random bytes of a code, and its letters and digits


class PassphraseResets:
    """Makes codes for operators, and lets users choose another passphrase with them."""

    def __init__(
        self,
        accounts: Accounts,
        account_store: AccountStore,
        store: ResetCodeStore,
        second_factor: SecondFactor,
        events: SecurityEvents,
        security: SecurityLog,
        now: Clock,
    ) -> None:
        self._accounts, self.account_store, self._store = accounts, account_store, store
        self._second_factor, self._events, self.security, self._now = second_factor, events, security, now

    def make(self, by: Caller, account: Document) -> tuple[str, int]:
        """Return a code for a user, and when it expires (ms); an earlier code is not valid any more.

        Raises WrongState for an account without a passphrase.
        """
        if account["passphrase"] is None:
            message = "This account has no passphrase: its user signs in through an employer."
            raise WrongState(message, field="handle", state="employer")
        code = text.code(b32encode(secrets.token_bytes(CODE_BYTES)).decode(), CODE_LENGTH)
        expires = self._now() + VALID
        self._events.add(account["_id"], "reset_code_made", by=by.user)
        self._store.replace(account["_id"], _hashed(account["_id"], code), expires)
        return code, expires

    @signing_in("reset_code")
    def use(self, args: Wire, address: str) -> Wire:
        """Choose another passphrase with a code, sign every device out, and sign this one in; returns its tokens.

        A wrong code and an unknown handle get the same answer, Unauthenticated. Raises SecondFactorRequired as
        `SecondFactor.require`, and BadRequest for a passphrase that is easily guessed.
        """
        row = self._accounts.tried(args, address, "reset")
        code = _hashed(row["_id"] if row is not None else "", text.code(args["code"], CODE_LENGTH))
        if not self._store.has(code, self._now()) or row is None or row["passphrase"] is None:
            raise _wrong()
        passphrase = chosen(args["new_passphrase"], row["handle"], "new_passphrase")
        self._second_factor.require(row["_id"], row["role"], args["totp"], origin(address))
        user, devices = row["_id"], self._accounts.devices
        self._events.add(user, "passphrase_reset", name=args["device"])
        if not self._store.use(code, self._now()):  # another request has used it meanwhile
            raise _wrong()
        devices.end_all(user, "passphrase_reset")  # first, so that no device stays signed in if the rest is interrupted
        self.account_store.set_passphrase(user, passphrase)
        devices.end_all(user, "passphrase_reset")
        return devices.let_in(user, row["role"], args["device"])


def _wrong() -> Unauthenticated:
    return Unauthenticated("Handle or code is wrong, or the code is older than a day; ask for another.", field="code")


def _hashed(user: str, code: str) -> str:
    return sha256(f"{user} {code}".encode()).hexdigest()
