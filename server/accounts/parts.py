"""Building the parts of accounts: one for each way to sign in."""

from collections.abc import Callable
from typing import NamedTuple

from server.accounts.accounts import Accounts
from server.accounts.deletion import AccountDeletion
from server.accounts.links import Links
from server.accounts.rate_limits import RateLimits
from server.accounts.recovery_codes import RecoveryCodes
from server.accounts.security_events import SecurityEvents
from server.accounts.tokens import Tokens
from server.backend import Backend
from server.commands.context import Clock
from server.limits.settings import Limits
from server.store.accounts import AccountStore
from server.store.links import LinkStore
from server.store.recovery_codes import RecoveryCodeStore


class AccountParts(NamedTuple):
    """The parts of accounts."""

    accounts: Accounts
    recovery_codes: RecoveryCodes
    links: Links


def account_parts(
    account_store: AccountStore,
    tokens: Tokens,
    backend: Backend,
    deletion: AccountDeletion,
    disconnect: Callable[[list[str]], None],
    require_room: Callable[[], None],
    limits: Limits,
    now: Clock,
) -> AccountParts:
    """Return the parts. ``disconnect`` and ``require_room`` are those of `Accounts`."""
    tries, events = RateLimits(limits), SecurityEvents(backend)
    accounts = Accounts(account_store, tokens, deletion.leave, disconnect, require_room, tries, limits, now)
    codes = RecoveryCodes(accounts, account_store, RecoveryCodeStore(account_store.database), events, now)
    return AccountParts(
        accounts, codes, Links(accounts, account_store, LinkStore(account_store.database), events, tries, now)
    )
