"""Somebody deletes their account: nobody vanishes without a word."""

from typing import Any

import uuid_utils

from server.backend import Backend
from server.commands.context import Caller
from server.jobs.specialist_index import Roster
from server.store.reader import Feed


class Departures:
    """What has to happen before an account is removed. Interrupted halfway, it can be done again."""

    def __init__(self, backend: Backend, feed: Feed, roster: Roster) -> None:
        self._backend, self._feed, self._roster = backend, feed, roster

    def leave(self, caller: Caller) -> None:
        """End what somebody was part of, and see to those who relied on them."""
        if caller.role == "supervisor":
            for specialist in self._roster.supervised_by(caller.user):
                self._order("specialist.release", user=specialist, supervisor=caller.user)
        self._order("person.leave", user=caller.user, role=caller.role)
        for space in self._feed.memberships(caller.user):
            if space.startswith("pair:"):
                mutation = {"name": "pairing.end", "args": {"pairing": space.removeprefix("pair:")}}
                self._backend.execute(caller, {**mutation, "id": _new_id(), "at": f"{self._backend.now()}-0"})

    def _order(self, name: str, **args: Any) -> None:
        self._backend.order(name, args, _new_id())


def _new_id() -> str:
    return str(uuid_utils.uuid7())
