"""What operators do with the accounts of others: one implementation for the command line and for the API.

An operator never chooses a passphrase, and reads nothing that a user wrote.
"""

from collections.abc import Callable

from schemas.errors import Forbidden, NotFound, WrongState
from server.accounts.devices import Devices
from server.accounts.passphrase_resets import PassphraseResets
from server.accounts.role_change import RoleChange
from server.accounts.second_factor import SecondFactor
from server.accounts.security_events import SecurityEvents
from server.commands.context import Caller, Clock
from server.store.account_lists import AccountLists
from server.store.accounts import AccountStore
from server.store.database import Document
from sync.record import Wire

WHAT_NOW = {  # {who would be left alone: what to do first}
    "pairings": "end their pairings, or hand them over with `specialist.leave`",
    "offers": "let their open offers be answered",
    "requests": "let their open requests be withdrawn",
    "specialists": "give their specialists another supervisor with `specialist.certify`",
}


class Administration:
    """Acts of operators. ``by`` is the operator, and ``account`` the account that is acted on.

    ``remove`` deletes an account, as its own user could.
    """

    def __init__(
        self,
        account_store: AccountStore,
        lists: AccountLists,
        devices: Devices,
        second_factor: SecondFactor,
        events: SecurityEvents,
        resets: PassphraseResets,
        roles: RoleChange,
        remove: Callable[[Caller, str], Wire],
        *,
        now: Clock,
    ) -> None:
        self._account_store, self._lists, self._devices = account_store, lists, devices
        self._second_factor, self._events, self._resets = second_factor, events, resets
        self._roles, self._remove, self._now = roles, remove, now

    def named(self, handle: str) -> Document:
        """Return the account with a handle; raises NotFound."""
        account = self._account_store.by_handle(handle)
        if account is None:
            raise NotFound("There is no account with this handle.", field="handle")
        return account

    def of(self, user: str) -> Document:
        """Return the account with an id; raises NotFound."""
        account = self._account_store.by_id(user)
        if account is None:
            raise NotFound("There is no account with this id; GET /api/v1/operator/users lists all.", field="id")
        return account

    def reset_passphrase(self, by: Caller, account: Document) -> Wire:
        """Return {user, handle, code, expires_at}: with the code, the user can choose another passphrase once.

        Raises WrongState for an account that signs in through an employer.
        """
        code, expires = self._resets.make(by, account)
        return {**_whose(account), "code": code, "expires_at": expires}

    def reset_factors(self, by: Caller, account: Document) -> Wire:
        """Remove all factors but the passphrase, and sign all devices out.

        Returns {user, handle, totp, passkeys, devices}: whether there was an authenticator app, and the numbers of
        removed passkeys and of devices signed out.
        """
        user = account["_id"]
        self._events.add(user, "factors_reset", by=by.user)
        removed = self._second_factor.remove_all(user)
        return {**_whose(account), **removed, "devices": self._devices.end_all(user, "factors_reset")}

    def change_role(self, by: Caller, account: Document, role: str) -> Wire:
        """Give a user another role, and sign all devices out: {user, handle, role, before, devices, needs_factor}.

        Raises Forbidden for the operator's own role. Raises WrongState for the last operator, for a suspended user, for
        an account whose role an employer decides, and while others rely on the user. ``needs_factor``: the user can do
        nothing in this role until a second factor is set up.
        """
        user, before = account["_id"], account["role"]
        self._require_other(by, account, "role")
        if account["passphrase"] is None:
            raise WrongState("The employer decides this role; change it there.", field="role", state="employer")
        if account.get("suspended_until", 0) > self._now():
            message = "Moderators have suspended this user: lift the sanction first, or wait until it is over."
            raise WrongState(message, field="role", state="suspended")
        self._require_nobody_alone(account, role)
        if before == role:
            return {**self._changed(account, role), "devices": 0}
        self._events.add(user, "role_changed", name=role, by=by.user)
        return {**self._changed(account, role), "devices": self._give_role(by, account, role, "role")}

    def sign_out(self, by: Caller, account: Document) -> Wire:
        """Sign all devices of a user out: {user, handle, devices}."""
        return {**_whose(account), "devices": self._devices.end_all(account["_id"], "by_operator", by=by.user)}

    def delete(self, by: Caller, account: Document) -> Wire:
        """Delete an account as its user could: the people who rely on the user are told and looked after first.

        Returns {user, handle} and the receipt of the erasure, {receipt, signature, public_key}. Raises Forbidden for
        the operator's own account, and WrongState for the last operator.
        """
        role = account["role"]
        self._require_other(by, account, "handle")
        if role == "operator":
            self._give_role(by, account, role := "peer", "handle")
        return {**_whose(account), **self._remove(Caller(account["_id"], "none", role), by.user)}

    def _give_role(self, by: Caller, account: Document, role: str, field: str) -> int:
        """Give a user another role, and return how many devices were signed out; raises WrongState.

        If two operators do this to each other at the same moment, at most one succeeds, so that an operator is left.
        """
        before = account["role"]
        devices = self._roles.change(account, role, by.user)
        if before == "operator" and self._lists.count("operator", 1) == 0:
            self._roles.change({**account, "role": role}, before, by.user)
            raise _last(field)
        return devices

    def _require_other(self, by: Caller, account: Document, field: str) -> None:
        """Raise Forbidden for the operator's own account, and WrongState for that of the last operator."""
        if by.user == account["_id"]:
            raise Forbidden("This is your own account; another operator can do this.", field=field)
        if account["role"] == "operator" and self._lists.count("operator", 2) == 1:
            raise _last(field)

    def _require_nobody_alone(self, account: Document, role: str) -> None:
        alone = {} if role == account["role"] else self._roles.relied_on(account)
        if alone:
            first = next(iter(alone))
            counted = ", ".join(f"{count} {name}" for name, count in alone.items())
            message = f"Somebody would be left alone ({counted}): {WHAT_NOW[first]} first."
            raise WrongState(message, field="role", state="relied_on", **alone)

    def _changed(self, account: Document, role: str) -> Wire:
        needs_factor = self._second_factor.is_required_of(role) and not self._second_factor.of(account["_id"])
        return {**_whose(account), "role": role, "before": account["role"], "needs_factor": needs_factor}


def _whose(account: Document) -> Wire:
    return {"user": account["_id"], "handle": account["handle"]}


def _last(field: str) -> WrongState:
    return WrongState("This is the last operator; make another one first.", field=field, state="last")
