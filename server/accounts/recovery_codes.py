"""Recovery codes: the way back into an account whose passphrase is lost. Each works once.

They are shown once and stored hashed. Ten codes of 80 random bits need no slow hash: nobody can try them all.
"""

import secrets
from base64 import b32encode
from hashlib import sha256

from schemas import text
from schemas.errors import Unauthenticated
from server.accounts.accounts import Accounts
from server.accounts.passphrase_rules import chosen
from server.accounts.security_events import SecurityEvents
from server.commands.context import Caller, Clock
from server.store.accounts import AccountStore
from server.store.recovery_codes import RecoveryCodeStore
from sync.record import Wire

CODES = 10
CODE_BYTES = 10  # random bytes of a code
CODE_LENGTH = 16  # letters and digits of a code, without the hyphens


class RecoveryCodes:
    """Makes recovery codes, and lets their user in."""

    def __init__(
        self,
        accounts: Accounts,
        account_store: AccountStore,
        store: RecoveryCodeStore,
        events: SecurityEvents,
        now: Clock,
    ) -> None:
        self._accounts, self._account_store, self._store = accounts, account_store, store
        self._events, self._now = events, now

    def renew(self, caller: Caller, passphrase: str) -> list[str]:
        """Return CODES new codes of the caller, in groups of four; those before are worth nothing from now on.

        Raises Forbidden if the passphrase is wrong.
        """
        self._accounts.confirm(caller, passphrase)
        codes = [_new_code() for _ in range(CODES)]
        self._events.add(caller.user, "recovery_codes_made", caller.device)
        self._store.replace(caller.user, [_hashed(caller.user, code) for code in codes], self._now())
        return codes

    def left(self, caller: Caller) -> Wire:
        """Return how many codes the caller has left, and when they were made; None: never."""
        return self._store.left(caller.user)

    def recover(self, args: Wire, address: str) -> Wire:
        """Use a code up: set another passphrase, sign every device out, and sign this one in. Returns its tokens.

        A wrong code and an unknown handle get the same answer; raises Unauthenticated.
        """
        row = self._accounts.tried(args, address)
        user = row["_id"] if row is not None else ""
        code = _hashed(user, text.code(args["code"], CODE_LENGTH))
        if row is None or not self._store.has(code):
            raise Unauthenticated("Handle or recovery code is wrong.", field="code")
        passphrase = chosen(args["new_passphrase"], row["handle"], "new_passphrase")
        self._events.add(user, "recovery_code_used", name=args["device"])
        if not self._store.use(code):  # somebody else was faster
            raise Unauthenticated("Handle or recovery code is wrong.", field="code")
        self._account_store.set_passphrase(user, passphrase)
        self._accounts.end_all(user, "recovery_code_used")
        return self._accounts.let_in(user, row["role"], args["device"])


def _new_code() -> str:
    return text.code(b32encode(secrets.token_bytes(CODE_BYTES)).decode(), CODE_LENGTH)


def _hashed(user: str, code: str) -> str:
    return sha256(f"{user} {code}".encode()).hexdigest()
