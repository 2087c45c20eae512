"""Deleting an account: the people who relied on its user are told and looked after first."""

from typing import Any

import uuid_utils

from server.backend import Backend
from server.commands import access
from server.commands.context import Caller
from server.jobs.specialist_index import SpecialistIndex
from server.store.reader import Reader


class AccountDeletion:
    """The steps before an account is removed. If they are interrupted halfway, they can be repeated."""

    def __init__(self, backend: Backend, reader: Reader, specialist_index: SpecialistIndex) -> None:
        self._backend, self._reader, self._specialist_index = backend, reader, specialist_index

    def leave(self, caller: Caller) -> None:
        """End the caller's offers, requests and pairings, and look after the people who relied on the caller."""
        if caller.role == "supervisor":
            for specialist in self._specialist_index.supervised_by(caller.user):
                self._order("specialist.release", user=specialist, supervisor=caller.user)
        self._order("person.leave", user=caller.user, role=caller.role)
        with self._reader.consistent():
            spaces = self._reader.memberships(caller.user)
        for space in spaces:
            if mutation := access.leaving(space):
                self._backend.execute(caller, {**mutation, "id": _new_id(), "at": f"{self._backend.now()}-0"})

    def _order(self, name: str, **args: Any) -> None:
        self._backend.order(name, args, _new_id())


def _new_id() -> str:
    return str(uuid_utils.uuid7())
