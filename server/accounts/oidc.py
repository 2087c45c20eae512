"""Signing in through an employer, by OpenID Connect: finds the account, and gives it the employer's current role."""

import secrets
from collections.abc import Callable
from contextlib import suppress

import uuid_utils

from schemas.account import OF_EMPLOYEES
from schemas.erasure import ERASED
from schemas.errors import Forbidden, IdTaken, TryLater, Unauthenticated
from server.accounts.accounts import Accounts
from server.accounts.attempts import signing_in
from server.accounts.oidc_tokens import Identity, IdTokens
from server.accounts.rate_limits import RateLimits, origin
from server.accounts.role_change import RoleChange
from server.commands.context import Caller, Clock
from server.config import Config
from server.observability.security_log import SecurityLog
from server.store.accounts import AccountStore
from server.store.database import Document
from server.store.identities import IdentityStore
from sync.clock import DAY
from sync.record import Wire

SIGNED_IN = 30 * DAY  # ms after which an employee has to sign in again, which former employees cannot
HANDLE_BYTES = 5  # random bytes of a handle
HANDLES_TRIED = 5  # random handles that are tried until one is free


class OidcSignIn:
    """Signs employees in. Their accounts have no passphrase, and nothing of the employer's directory is stored.

    ``require_room`` raises TryLater if no new account can be stored.
    """

    def __init__(
        self,
        config: Config,
        accounts: Accounts,
        identities: IdentityStore,
        account_store: AccountStore,
        roles: RoleChange,
        require_room: Callable[[], None],
        now: Clock,
        *,
        tries: RateLimits,
        security: SecurityLog,
    ) -> None:
        self._providers, self._id_tokens = config.oidc_providers, IdTokens(config.oidc_providers, now)
        self._accounts, self._identities, self.account_store = accounts, identities, account_store
        self._roles, self._require_room, self._now = roles, require_room, now
        self._tries, self.security = tries, security

    def offered(self) -> list[Wire]:
        """Return what apps need to know of each provider: {name, issuer, client_id}."""
        return [{"name": one.name, "issuer": one.issuer, "client_id": one.client_id} for one in self._providers]

    @signing_in("oidc")
    def log_in(self, args: Wire, address: str) -> Wire:
        """Sign a phone in, in the role that the employer gives now; the first time, make the account.

        Raises NotFound, Unauthenticated or TryLater as ``IdTokens.verified``, and Forbidden for an employee without a
        role. An employee who had a role before is then signed out on all phones.
        """
        self._tries.sign_in_through_provider(origin(address))
        identity = self._id_tokens.verified(args)
        user, role = self._identities.find(identity.person), identity.role
        if user is None and role is not None:
            self._require_room()
        self._use(identity)
        if role is None:
            if user is not None:
                self._accounts.devices.end_all(user, "role_changed")
            raise Forbidden(
                "Your employer gives you no role here; ask the people who run this service.", field="id_token"
            )
        account = self._account(user or self._identities.bind(identity.person, _new_id(), self._now()), role)
        if account["role"] != role:
            self._roles.change(account, role, by=account["_id"])
        tokens = self._accounts.devices.let_in(account["_id"], role, args["device"], self._now() + SIGNED_IN)
        if self._identities.find(identity.person) != account["_id"]:  # the account was removed meanwhile
            self.account_store.remove(account["_id"])
            raise Unauthenticated("This account has just been deleted.", field="id_token")
        return {**tokens, "handle": account["handle"]}

    def remove(self, caller: Caller, proof: Wire, said: str = ERASED) -> Wire:
        """Remove the caller's account, and return the receipt of the erasure.

        Raises Forbidden if the id_token is somebody else's, and as ``log_in``.
        """
        self._tries.confirm(caller.user)
        identity = self._id_tokens.verified(proof)
        self._use(identity)
        if self._identities.find(identity.person) != caller.user:
            raise Forbidden("This id_token does not belong to your account.", field="id_token")
        return self._accounts.remove_confirmed(caller, said=said)

    def _use(self, identity: Identity) -> None:
        """Use an id_token up; raises Unauthenticated if its nonce was used before."""
        if not self._identities.use(identity.use, identity.until):
            raise Unauthenticated("This nonce was used before; sign in at the provider again.", field="nonce")

    def _account(self, user: str, role: str) -> Document:
        """Return the account of a user whose identity is bound, made now if there is none; raises TryLater.

        As the identity is bound first, the next sign-in makes the account if this one is interrupted.
        """
        for _ in range(HANDLES_TRIED):
            if account := self.account_store.by_id(user):
                return account
            with suppress(IdTaken):  # the handle is taken, or the same person signs in on another phone
                handle = f"{OF_EMPLOYEES}{secrets.token_hex(HANDLE_BYTES)}"
                self.account_store.add(user, handle, None, role, self._now())
        raise TryLater("The account could not be made.", retry_after=5)


def _new_id() -> str:
    return str(uuid_utils.uuid7())
