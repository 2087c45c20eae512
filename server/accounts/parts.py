"""Building the parts of accounts: one for each way to sign in."""

from collections.abc import Callable
from typing import NamedTuple

from server.accounts.accounts import Accounts
from server.accounts.deletion import AccountDeletion
from server.accounts.links import Links
from server.accounts.oidc import OidcSignIn
from server.accounts.rate_limits import RateLimits
from server.accounts.recovery_codes import RecoveryCodes
from server.accounts.security_events import SecurityEvents
from server.accounts.tokens import Tokens
from server.backend import Backend
from server.commands.context import Clock
from server.config import Config
from server.store.accounts import AccountStore
from server.store.identities import IdentityStore
from server.store.links import LinkStore
from server.store.recovery_codes import RecoveryCodeStore


class AccountParts(NamedTuple):
    """The parts of accounts."""

    accounts: Accounts
    oidc: OidcSignIn
    recovery_codes: RecoveryCodes
    links: Links


def account_parts(
    config: Config,
    account_store: AccountStore,
    tokens: Tokens,
    backend: Backend,
    deletion: AccountDeletion,
    disconnect: Callable[[list[str]], None],
    require_room: Callable[[], None],
    now: Clock,
) -> AccountParts:
    """Return the parts. ``disconnect`` and ``require_room`` are those of `Accounts`."""
    database, leave, limits = account_store.database, deletion.leave, config.limits
    tries, events = RateLimits(limits), SecurityEvents(backend)
    accounts = Accounts(account_store, tokens, leave, disconnect, require_room, tries, limits, now)
    return AccountParts(
        accounts,
        OidcSignIn(config, accounts, IdentityStore(database), account_store, leave, require_room, tries, now),
        RecoveryCodes(accounts, account_store, RecoveryCodeStore(database), events, now),
        Links(accounts, account_store, LinkStore(database), events, tries, now),
    )
