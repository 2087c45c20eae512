"""Carrying out a moderator's sanction: the account is suspended, and its user is signed out."""

from server.accounts.devices import Devices
from server.commands.context import Clock
from server.matching.clearance import suspended_until
from server.store.accounts import AccountStore
from server.store.reader import Reader
from sync.record import Key, Record, peer_space, specialist_space


class Suspension:
    """Brings accounts in line with the sanctions of their users. An interrupted run can be repeated."""

    def __init__(self, devices: Devices, account_store: AccountStore, reader: Reader, now: Clock) -> None:
        self._devices, self._account_store, self._reader, self._now = devices, account_store, reader, now

    def carry_out(self, sanction: Record) -> None:
        """Suspend the account of a sanction's user for as long as all sanctions say, and sign its devices out.

        Devices that sign in after the suspension was stored stay signed in.
        """
        user = sanction.author
        account = self._account_store.by_id(user)
        if account is None:  # deleted while the sanction was stored: remove what is left of the account
            self._account_store.remove(user)
            return
        spaces = {"specialist": specialist_space(user), "peer": peer_space(user)}
        keys = [Key(space, kind, user) for kind, space in spaces.items()]
        until = max((suspended_until(kept.data) for kept in self._reader.get(keys).values()), default=0)
        unaware = self._account_store.suspend(user, until)
        if until > self._now():
            self._devices.end(user, unaware, "suspended")
