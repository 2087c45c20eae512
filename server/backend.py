"""The one path: whatever comes in, over whatever transport, becomes an outcome here."""

from typing import Any

import uuid_utils

from schemas.protocol import Mutation, Pull, Push, Sync
from server.command import Caller, Clock, Command, Context, find_command
from server.errors import BadRequest, Problem
from server.pulling import Puller
from server.records import Record, Wire
from server.shapes import loaded
from server.store import ledger
from server.store.commit import Committer
from server.store.draft import Draft
from server.store.job import Job
from sync import clock, push

DEPTH = 16  # levels of nesting in the args of a command

_mutation, _push, _pull, _sync = Mutation(), Push(), Pull(), Sync()


class Backend:
    """The verbs: mutate, push, pull and sync."""

    def __init__(self, committer: Committer, puller: Puller, secret: bytes, now: Clock) -> None:
        self._committer, self._puller, self._secret, self.now = committer, puller, secret, now

    def mutate(self, caller: Caller, body: Any) -> Wire:
        """Do one thing and return its outcome; never raises for what a phone may have sent."""
        name = body.get("id") if isinstance(body, dict) else None
        try:
            changed = self.execute(caller, loaded(_mutation, body))
        except Problem as problem:
            return _refused(name, problem)
        return {"id": name, "ok": True, "changes": [record.change() for record in changed]}

    def push(self, caller: Caller, body: Any) -> Wire:
        """Work through an outbox; raises BadRequest if it is not one."""
        return {"outcomes": self._settle(caller, loaded(_push, body)["mutations"])}

    def pull(self, caller: Caller, body: Any) -> Wire:
        """Return what is new; raises BadRequest for a cursor that is not the caller's."""
        return self._puller.page(caller, loaded(_pull, body))

    def sync(self, caller: Caller, body: Any) -> Wire:
        """Push, then pull, in one round trip."""
        args = loaded(_sync, body)
        self._puller.vector(caller, args)  # refuse a bad cursor before anything is done
        outcomes = self._settle(caller, args["mutations"])
        return {"outcomes": outcomes, **self._puller.page(caller, args)}

    def execute(self, caller: Caller, mutation: Wire) -> list[Record]:
        """Turn a mutation into changed records, stored; raises the Problem it is refused with."""
        command = find_command(mutation["name"])
        args = loaded(command.schema, mutation["args"], "args")
        asked = ledger.digest(command.name, _shallow(mutation["args"]))
        stamp = _stamp(mutation["at"], caller.device)
        return self._committer.run(
            Job(
                f"{caller.user}|{mutation['id']}",
                asked,
                command.name,
                lambda draft: self._decide(caller, mutation["id"], command, args, stamp, draft),
                command.target(caller, args),
            )
        )

    def leave(self, caller: Caller) -> None:
        """End every pairing of somebody who deletes their account: nobody vanishes without a word."""
        for space in self._puller.spaces(caller):
            if space.startswith("pair:"):
                args, at = {"pairing": space.removeprefix("pair:")}, f"{self.now()}-0"
                self.execute(caller, {"id": str(uuid_utils.uuid7()), "name": "pairing.end", "args": args, "at": at})

    def _decide(
        self, caller: Caller, name: str, command: Command, args: Wire, stamp: clock.Stamp, draft: Draft
    ) -> list[Record]:
        now = self.now()
        return command.decide(Context(caller, name, clock.clamped(stamp, now), now, self._secret, draft), args)

    def _settle(self, caller: Caller, mutations: list[Any]) -> list[Wire]:
        return push.in_order(mutations, lambda mutation: self.mutate(caller, mutation))


def _refused(name: Any, problem: Problem) -> Wire:
    return {"id": name if isinstance(name, str) else None, "ok": False, "error": problem.body()}


def _stamp(at: str, device: str) -> clock.Stamp:
    try:
        return clock.parse(at, device)
    except ValueError as error:
        raise BadRequest(f"at: {error}", field="at") from error


def _shallow(args: Any) -> Any:
    """Return the args; raises BadRequest if they are nested deeper than any command asks for."""
    level, depth = [args], 0
    while level:
        if depth > DEPTH:
            raise BadRequest("args: nested too deeply.", field="args", limit=DEPTH)
        containers = [item for item in level if isinstance(item, dict | list)]
        level = [inner for item in containers for inner in (item.values() if isinstance(item, dict) else item)]
        depth += 1
    return args
