"""Building the parts of accounts: one for each way to sign in."""

from collections.abc import Callable
from typing import Any, NamedTuple

from server.accounts.accounts import Accounts
from server.accounts.administration import Administration
from server.accounts.challenges import Challenges
from server.accounts.deletion import AccountDeletion
from server.accounts.demo_pairs import DemoPairs
from server.accounts.devices import Devices
from server.accounts.factors import Factors
from server.accounts.links import Links
from server.accounts.oidc import OidcSignIn
from server.accounts.passkeys import Passkeys
from server.accounts.passphrase_resets import PassphraseResets
from server.accounts.rate_limits import RateLimits
from server.accounts.recovery_codes import RecoveryCodes
from server.accounts.role_change import RoleChange
from server.accounts.second_factor import SecondFactor
from server.accounts.security_events import SecurityEvents
from server.accounts.tokens import Tokens
from server.accounts.totp import Totp
from server.backend import Backend
from server.commands.context import Clock
from server.config import Config
from server.observability.security_log import SecurityLog
from server.store.account_lists import AccountLists
from server.store.accounts import AccountStore
from server.store.data_keys import DataKeys
from server.store.database import Mongo
from server.store.demo_pairs import DemoPairStore
from server.store.identities import IdentityStore
from server.store.links import LinkStore
from server.store.passkeys import PasskeyStore
from server.store.recovery_codes import RecoveryCodeStore
from server.store.reset_codes import ResetCodeStore
from server.store.totp import TotpStore


class AccountParts(NamedTuple):
    """The parts of accounts."""

    accounts: Accounts
    factors: Factors
    oidc: OidcSignIn
    recovery_codes: RecoveryCodes
    links: Links
    resets: PassphraseResets
    administration: Administration
    demo_pairs: DemoPairs


def account_parts(
    config: Config,
    account_store: AccountStore,
    tokens: Tokens,
    backend: Backend,
    deletion: AccountDeletion,
    disconnect: Callable[[list[str]], None],
    require_room: Callable[[], None],
    now: Clock,
    *,
    security: SecurityLog,
    keys: DataKeys,
) -> AccountParts:
    """Return the parts. ``require_room`` is that of `Accounts`, ``disconnect`` that of `Devices`."""
    database, limits, secrets = account_store.database, config.limits, config.secret_keys
    tries, events, totp = RateLimits(limits), SecurityEvents(backend, security), Totp(TotpStore(database), secrets, now)
    second_factor = SecondFactor(account_store, PasskeyStore(database), totp, tries, config.factors.staff)
    common: Any = {"tries": tries, "second_factor": second_factor, "security": security}
    devices = Devices(account_store, tokens, disconnect, limits, now, **common)
    accounts = Accounts(account_store, devices, tokens, deletion, require_room, now, **common)
    roles, passkeys = RoleChange(account_store, devices, deletion, security), _passkeys(config, database, now)
    factors = Factors(accounts, account_store, passkeys, totp, second_factor, tries, events, security)
    resets = PassphraseResets(accounts, account_store, ResetCodeStore(database), second_factor, events, security, now)
    codes, log = RecoveryCodeStore(database), dict[str, Any](tries=tries, security=security)
    identities, lists, remove = IdentityStore(database, keys), AccountLists(database), accounts.remove_confirmed
    return AccountParts(
        accounts,
        factors,
        OidcSignIn(config, accounts, identities, account_store, roles, require_room, now, **log),
        RecoveryCodes(accounts, account_store, codes, factors, second_factor, events, security, now),
        Links(accounts, account_store, LinkStore(database), factors, events, tries, security, now),
        resets,
        Administration(account_store, lists, devices, second_factor, events, resets, roles, remove, now=now),
        DemoPairs(accounts, backend, DemoPairStore(database), tries, require_room, is_allowed=config.has_demo),
    )


def _passkeys(config: Config, database: Mongo, now: Clock) -> Passkeys:
    store = PasskeyStore(database)
    return Passkeys(store, Challenges(config.secret_keys, store, now), config.factors, now)
