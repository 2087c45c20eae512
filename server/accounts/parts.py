"""Building the parts of accounts: one for each way to sign in."""

from collections.abc import Callable
from typing import NamedTuple

from server.accounts.accounts import Accounts
from server.accounts.challenges import Challenges
from server.accounts.devices import Devices
from server.accounts.factors import Factors
from server.accounts.links import Links
from server.accounts.oidc import OidcSignIn
from server.accounts.passkeys import Passkeys
from server.accounts.rate_limits import RateLimits
from server.accounts.recovery_codes import RecoveryCodes
from server.accounts.second_factor import SecondFactor
from server.accounts.security_events import SecurityEvents
from server.accounts.tokens import Tokens
from server.accounts.totp import Totp
from server.backend import Backend
from server.commands.context import Caller, Clock
from server.config import Config
from server.store.accounts import AccountStore
from server.store.identities import IdentityStore
from server.store.links import LinkStore
from server.store.passkeys import PasskeyStore
from server.store.recovery_codes import RecoveryCodeStore
from server.store.totp import TotpStore


class AccountParts(NamedTuple):
    """The parts of accounts."""

    accounts: Accounts
    factors: Factors
    oidc: OidcSignIn
    recovery_codes: RecoveryCodes
    links: Links


def account_parts(
    config: Config,
    account_store: AccountStore,
    tokens: Tokens,
    backend: Backend,
    leave: Callable[[Caller], None],
    disconnect: Callable[[list[str]], None],
    require_room: Callable[[], None],
    now: Clock,
) -> AccountParts:
    """Return the parts. ``leave`` and ``require_room`` are those of `Accounts`, ``disconnect`` that of `Devices`."""
    database, limits, keys = account_store.database, config.limits, config.secret_keys
    tries, events, passkey_store = RateLimits(limits), SecurityEvents(backend), PasskeyStore(database)
    totp = Totp(TotpStore(database), keys, now)
    passkeys = Passkeys(passkey_store, Challenges(keys, passkey_store, now), config.factors, now)
    second_factor = SecondFactor(account_store, passkey_store, totp, tries, config.factors.staff)
    devices = Devices(account_store, tokens, disconnect, limits, now, tries=tries, second_factor=second_factor)
    accounts = Accounts(
        account_store,
        devices,
        tokens,
        leave,
        require_room,
        now,
        tries=tries,
        second_factor=second_factor,
    )
    factors = Factors(accounts, account_store, passkeys, totp, second_factor, tries, events)
    return AccountParts(
        accounts,
        factors,
        OidcSignIn(config, accounts, IdentityStore(database), account_store, leave, require_room, tries, now),
        RecoveryCodes(accounts, account_store, RecoveryCodeStore(database), factors, second_factor, events, now),
        Links(accounts, account_store, LinkStore(database), factors, events, tries, now),
    )
