"""Signing in through an employer, by OpenID Connect: whose account it is, and which role the employer gives now."""

import secrets
from collections.abc import Callable
from contextlib import suppress

import uuid_utils

from schemas.account import OF_EMPLOYEES
from schemas.errors import Forbidden, IdTaken, TryLater, Unauthenticated
from server.accounts.accounts import Accounts
from server.accounts.oidc_tokens import Identity, IdTokens
from server.accounts.rate_limits import RateLimits, origin
from server.commands.context import Caller, Clock
from server.config import Config
from server.store.accounts import AccountStore
from server.store.database import Document
from server.store.identities import IdentityStore
from sync.clock import DAY
from sync.record import Wire

SIGNED_IN = 30 * DAY  # ms after which an employee has to sign in again, so that who has left the employer is out
HANDLE_BYTES = 5  # random bytes of a handle
HANDLES_TRIED = 5  # until one is free


class OidcSignIn:
    """Signs employees in. Their accounts have no passphrase, and nothing of the employer's directory is stored.

    ``leave`` ends what a user does in a role, and looks after the people who relied on it. ``require_room`` raises
    TryLater if no new account can be stored.
    """

    def __init__(
        self,
        config: Config,
        accounts: Accounts,
        identities: IdentityStore,
        account_store: AccountStore,
        leave: Callable[[Caller], None],
        require_room: Callable[[], None],
        tries: RateLimits,
        now: Clock,
    ) -> None:
        self._providers, self._id_tokens = config.oidc_providers, IdTokens(config.oidc_providers, now)
        self._accounts, self._identities, self._account_store = accounts, identities, account_store
        self._leave, self._require_room, self._now = leave, require_room, now
        self._tries = tries

    def offered(self) -> list[Wire]:
        """Return what apps need to know of each provider: {name, issuer, client_id}."""
        return [{"name": one.name, "issuer": one.issuer, "client_id": one.client_id} for one in self._providers]

    def log_in(self, args: Wire, address: str) -> Wire:
        """Sign a phone in, in the role that the employer gives now; the first time, make the account.

        Raises NotFound, Unauthenticated or TryLater as ``IdTokens.verified``, and Forbidden for an employee without a
        role. Who had one before is then signed out on all phones.
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
            self._change_role(account, role)
        tokens = self._accounts.devices.let_in(account["_id"], role, args["device"], self._now() + SIGNED_IN)
        if self._identities.find(identity.person) != account["_id"]:  # the account was removed meanwhile
            self._account_store.remove(account["_id"])
            raise Unauthenticated("This account has just been deleted.", field="id_token")
        return {**tokens, "handle": account["handle"]}

    def remove(self, caller: Caller, proof: Wire) -> None:
        """Remove the caller's account; raises Forbidden if the id_token is somebody else's, and as ``log_in``."""
        self._tries.confirm(caller.user)
        identity = self._id_tokens.verified(proof)
        self._use(identity)
        if self._identities.find(identity.person) != caller.user:
            raise Forbidden("This id_token does not belong to your account.", field="id_token")
        self._accounts.remove_confirmed(caller)

    def _use(self, identity: Identity) -> None:
        """Use a proof up; raises Unauthenticated if it was used before."""
        if not self._identities.use(identity.use, identity.until):
            raise Unauthenticated("This nonce was used before; sign in at the provider again.", field="nonce")

    def _account(self, user: str, role: str) -> Document:
        """Return the account of a user whose identity is bound, made now if there is none; raises TryLater.

        As the identity is bound first, the next sign-in makes the account if this one is interrupted.
        """
        for _ in range(HANDLES_TRIED):
            if account := self._account_store.by_id(user):
                return account
            with suppress(IdTaken):  # by another handle, or because the same person signs in on another phone
                handle = f"{OF_EMPLOYEES}{secrets.token_hex(HANDLE_BYTES)}"
                self._account_store.add(user, handle, None, role, self._now())
        raise TryLater("The account could not be made.", retry_after=5)

    def _change_role(self, account: Document, role: str) -> None:
        """Give a user another role. Access tokens name the role, so all phones are signed out first.

        If this is interrupted, the next sign-in does it again: the new role is stored last.
        """
        user = account["_id"]
        self._accounts.devices.end_all(user, "role_changed")
        self._leave(Caller(user, _new_id(), account["role"]))
        self._account_store.set_role(user, role)


def _new_id() -> str:
    return str(uuid_utils.uuid7())
