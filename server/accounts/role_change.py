"""Changing the role of an account: pairings, offers and requests end, and all devices are signed out."""

from server.accounts.deletion import AccountDeletion
from server.accounts.devices import Devices
from server.commands.context import Caller
from server.observability.security_log import SecurityLog
from server.store.accounts import AccountStore
from server.store.database import Document
from sync.record import Wire


class RoleChange:
    """Gives accounts another role, for the employer's sign-in and for operators."""

    def __init__(
        self, account_store: AccountStore, devices: Devices, deletion: AccountDeletion, security: SecurityLog
    ) -> None:
        self._account_store, self._devices, self._deletion, self._security = account_store, devices, deletion, security

    def relied_on(self, account: Document) -> Wire:
        """Return what would end: counts of {pairings, offers, requests, specialists}, without zeros."""
        return self._deletion.relied_on(account["_id"], account["role"])

    def change(self, account: Document, role: str, by: str) -> int:
        """Give a user another role, and return how many devices were signed out. ``by`` is the user who decided that.

        Access tokens name the role, so all devices are signed out first. An interrupted change can be repeated: the
        former role stays stored until everything in it has ended.
        """
        user = account["_id"]
        devices = self._devices.end_all(user, "role_changed")
        former = Caller(user, "none", account["role"])
        self._deletion.leave(former)
        self._account_store.drop_reset_codes(user)  # made for the former role
        self._account_store.set_role(user, role)
        self._deletion.leave(former)  # once more: meanwhile others may have given the user something to do
        devices += self._devices.end_all(user, "role_changed")
        self._security.note("role_changed", user=user, by=by, role=role, before=account["role"])
        return devices
