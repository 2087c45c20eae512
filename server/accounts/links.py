"""Linking a new device: a device that is signed in shows a code, and the new device enters it.

Never the other way round: people were tricked into scanning the code of a stranger's device, which then read along.
Source: Google Threat Intelligence Group, "Signals of Trouble", February 2025.
"""

import secrets
from hashlib import sha256

from schemas import text
from schemas.errors import Problem, Unauthenticated
from server.accounts.accounts import Accounts
from server.accounts.attempts import signing_in
from server.accounts.factors import Factors
from server.accounts.rate_limits import RateLimits, origin
from server.accounts.security_events import SecurityEvents
from server.commands.context import Caller, Clock
from server.observability.security_log import SecurityLog
from server.store.accounts import AccountStore
from server.store.links import LinkStore
from sync.clock import MINUTE
from sync.record import Wire

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # of a code: base32 (RFC 4648), without 0 and 1, which look like O and I
CODE_LENGTH = 8
VALID = MINUTE  # ms that a code is valid


class Links:
    """Makes codes for new devices, and signs the devices in."""

    def __init__(
        self,
        accounts: Accounts,
        account_store: AccountStore,
        store: LinkStore,
        factors: Factors,
        events: SecurityEvents,
        tries: RateLimits,
        security: SecurityLog,
        now: Clock,
    ) -> None:
        self._accounts, self.account_store, self._store = accounts, account_store, store
        self._factors, self._events, self._tries, self.security, self._now = factors, events, tries, security, now

    def show(self, caller: Caller, proof: Wire) -> Wire:
        """Return {code, expires_at} for one new device of the caller, who proves who they are.

        An earlier code is not valid any more. Raises as `Factors.prove`.
        """
        self._factors.prove(caller, proof)
        signs = "".join(secrets.choice(SIGNS) for _ in range(CODE_LENGTH))
        expires = self._now() + VALID
        self._store.replace(caller.user, _hashed(signs), caller.device, expires)
        return {"code": text.code(signs, CODE_LENGTH), "expires_at": expires}

    @signing_in("link")
    def enter(self, args: Wire, address: str) -> Wire:
        """Sign a new device in by a code that another device shows; returns its tokens, raises Unauthenticated.

        All devices of the user are told. If that fails, the new device is signed out again.
        """
        self._tries.link(origin(address))
        row = self._store.use(_hashed(text.code(args["code"], CODE_LENGTH).replace("-", "")), self._now())
        shown_by = self.account_store.device(row["device"]) if row else None
        account = self.account_store.by_id(row["user"]) if row else None
        if row is None or shown_by is None or account is None:
            raise _wrong()
        user = account["_id"]
        tokens = self._accounts.devices.let_in(user, account["role"], args["device"])
        try:
            self._events.add(user, "device_linked", tokens["device"], args["device"])
            if self.account_store.device(row["device"]) is None:  # it was signed out meanwhile
                raise _wrong()
        except Problem:
            self._accounts.devices.end(user, [tokens["device"]], None)
            raise
        return tokens


def _wrong() -> Unauthenticated:
    message = "This code is wrong, or older than a minute; let the device show another."
    return Unauthenticated(message, field="code")


def _hashed(signs: str) -> str:
    return sha256(signs.encode()).hexdigest()
