"""Deleting an account: the people who relied on its user are told and looked after first."""

from collections.abc import Callable, Sequence
from typing import Any

import uuid_utils

from server.accounts.erasure import Erasure
from server.backend import Backend
from server.commands import access
from server.commands.context import Caller
from server.store.reader import Reader
from sync.record import Key, peer_space, specialist_space


class AccountDeletion:
    """The steps before an account is removed. If they are interrupted halfway, they can be repeated."""

    def __init__(
        self, backend: Backend, reader: Reader, supervised_by: Callable[[str], Sequence[str]], erasure: Erasure
    ) -> None:
        """Take ``supervised_by``, which returns the user ids of a supervisor's specialists."""
        self._backend, self._reader, self._supervised_by = backend, reader, supervised_by
        self.erase = erasure.carry_out

    def begin(self, caller: Caller, said: str) -> None:
        """Store that an account is being deleted: if this request is interrupted, a due handler finishes it."""
        self._order("leaving.begin", user=caller.user, role=caller.role, said=said)

    def leave(self, caller: Caller) -> None:
        """End the caller's offers, requests and pairings, and look after the people who relied on the caller."""
        if caller.role == "supervisor":
            for specialist in self._supervised_by(caller.user):
                self._order("specialist.release", user=specialist, supervisor=caller.user)
        self._order("person.leave", user=caller.user, role=caller.role)
        with self._reader.consistent():
            spaces = self._reader.memberships(caller.user)
            keys = [key for key in map(access.shared_space_key, spaces) if key is not None]
            over = {one.space for one in self._reader.get(keys).values() if one.data.get("state") == "ended"}
        for space in spaces:
            if space not in over and (mutation := access.leaving(space)):
                self._backend.execute(caller, {**mutation, "id": _new_id(), "at": f"{self._backend.now()}-0"})

    def relied_on(self, user: str, role: str) -> dict[str, int]:
        """Return counts of what would end with a user's role: {pairings, offers, requests, specialists}, no zeros."""
        specialist = Key(specialist_space(user), "specialist", user)
        peer = Key(peer_space(user), "peer", user)
        found = {key: record.data for key, record in self._reader.get([specialist, peer]).items()}
        offered, looking = found.get(specialist, {}), found.get(peer, {})
        counts = {
            "pairings": len(offered.get("pairings", ())) + len(looking.get("pairings", ())),
            "offers": len(offered.get("offers", ())),
            "requests": len(looking.get("requests", ())),
            "specialists": len(self._supervised_by(user)) if role == "supervisor" else 0,
        }
        return {name: count for name, count in counts.items() if count}

    def _order(self, name: str, **args: Any) -> None:
        self._backend.order(name, args, _new_id())


def _new_id() -> str:
    return str(uuid_utils.uuid7())
