"""The one path: whatever comes in, over whatever transport, becomes an outcome here."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import structlog
import uuid_utils

from schemas.errors import BadRequest, Problem, TryLater
from schemas.protocol import Mutation, Pull, Push, Sync
from server.commands.context import SYSTEM, URGENT_COMMAND, Caller, Clock, Context, require_command
from server.concurrency import PAGES, few_at_once
from server.observability import metrics
from server.store import ledger
from server.store.change_set import ChangeSet
from server.store.group_commit import GROUP, GroupCommit
from server.store.pending import PendingMutation
from server.unit_of_work import UnitOfWork
from server.validation import loaded, shallow
from sync import clock, push
from sync.pull import Puller
from sync.record import Key, Record, Wire

log = structlog.get_logger()

Answer = TypeVar("Answer")

_mutation, _push, _pull, _sync = Mutation(), Push(), Pull(), Sync()


class Backend:
    """The verbs: mutate, push, pull and sync."""

    def __init__(self, group_commit: GroupCommit, puller: Puller, secret: bytes, now: Clock) -> None:
        self._group_commit, self._puller, self._secret, self.now = group_commit, puller, secret, now

    def mutate(self, caller: Caller, body: Any) -> Wire:
        """Do one thing and return its outcome; never raises for what a phone may have sent."""
        return self.mutate_all(caller, [body])[0]

    def mutate_all(self, caller: Caller, bodies: Sequence[Any]) -> list[Wire]:
        """Do at most GROUP things in order, and return their outcomes; nothing after one that has no answer yet."""
        all_pending = [self._understood(caller, body) for body in bodies]
        understood = [pending for pending in all_pending if isinstance(pending, PendingMutation)]
        if understood:
            self._group_commit.run(understood)
        metrics.answered(
            (pending.command, pending.problem) if isinstance(pending, PendingMutation) else ("", pending)
            for pending in all_pending
        )
        return [_outcome(body, pending) for body, pending in zip(bodies, all_pending, strict=True)]

    def push(self, caller: Caller, body: Any) -> Wire:
        """Work through an outbox; raises BadRequest if it is not one."""
        return {"outcomes": self._settle(caller, loaded(_push, body)["mutations"])}

    def pull(self, caller: Caller, body: Any) -> Wire:
        """Return what is new; raises BadRequest for a cursor that is not the caller's."""
        return self._page(caller, loaded(_pull, body))

    @few_at_once(PAGES)
    def _page(self, caller: Caller, args: Wire) -> Wire:
        page = self._puller.page(caller, args)
        metrics.PAGES.labels("more" if page["more"] else "last" if page["changes"] else "empty").inc()
        return page

    def sync(self, caller: Caller, body: Any) -> Wire:
        """Push, then pull, in one round trip."""
        args = loaded(_sync, body)
        self._puller.vector(caller, args)  # refuse a bad cursor before anything is done
        outcomes = self._settle(caller, args["mutations"])
        return {"outcomes": outcomes, **self._page(caller, args)}

    def execute(self, caller: Caller, mutation: Wire) -> list[Record]:
        """Do a mutation of our own and return the records it changed; raises the Problem it is refused with."""
        pending = self._pending(caller, mutation)
        self._group_commit.run([pending])
        if pending.problem is not None:
            raise pending.problem
        return pending.changed

    def together(self, caller: Caller, keys: Sequence[Key], work: Callable[[UnitOfWork], Answer]) -> Answer:
        """Do some work in one unit of work, which is one commit, and return its answer; raises the Problem it raises.

        The work is done again if somebody else was faster, so it must do nothing but decide. It is not remembered:
        done a second time, it must find by what is there that there is nothing left to do. ``keys`` are read ahead.
        """
        name, answers = str(uuid_utils.uuid7()), list[Answer]()

        def decide(change_set: ChangeSet) -> list[Record]:
            unit = UnitOfWork(caller, change_set, name, self.now(), self._secret)
            answers[:] = [work(unit)]
            return list(unit.changed.values())

        pending = PendingMutation(f"{caller.user}|{name}", "", "adapter", decide, keys, caller.user)
        self._group_commit.run([pending])
        if pending.problem is not None:
            raise pending.problem
        return answers[0]

    def order(self, name: str, args: Wire, cause: str) -> list[Record]:
        """Do what Beside itself wants done, once for each cause; raises the Problem it is refused with."""
        return self.execute(SYSTEM, {"id": cause, "name": name, "args": args, "at": f"{self.now()}-0"})

    def _settle(self, caller: Caller, mutations: list[Any]) -> list[Wire]:
        """Work through mutations in order; a call for help waits for none, and its outcome is found again in turn."""
        for urgent in [one for one in mutations if isinstance(one, dict) and one.get("name") == URGENT_COMMAND]:
            self.mutate_all(caller, [urgent])
        return push.in_order(mutations, lambda some: self.mutate_all(caller, some), GROUP)

    def _understood(self, caller: Caller, body: Any) -> PendingMutation | Problem:
        try:
            return self._pending(caller, loaded(_mutation, body))
        except Problem as problem:
            return problem
        except Exception:
            log.exception("a mutation could not be read")
            return TryLater("The server made a mistake; it has been noted.", retry_after=60)

    def _pending(self, caller: Caller, mutation: Wire) -> PendingMutation:
        """Return what the store has to do for a mutation; raises BadRequest or UnknownCommand."""
        command = require_command(mutation["name"], caller)
        args = loaded(command.schema, mutation["args"], "args")
        stamp = _stamp(mutation["at"], caller.device)

        def decide(change_set: ChangeSet) -> list[Record]:
            context = Context(caller, mutation["id"], stamp, self.now(), self._secret, change_set)
            return command.decide(context, args)

        digest = ledger.digest(self._secret, command.name, shallow(mutation["args"]))
        name, targets = f"{caller.user}|{mutation['id']}", command.targets(caller, args)
        creates = targets[0] if command.creates else None
        return PendingMutation(name, digest, command.name, decide, targets, caller.user, creates)


def _outcome(body: Any, pending: PendingMutation | Problem) -> Wire:
    """Return what became of a mutation, as phones see it."""
    given = body.get("id") if isinstance(body, dict) else None
    name = given if isinstance(given, str) else None
    problem, changed = (pending.problem, pending.shown) if isinstance(pending, PendingMutation) else (pending, [])
    if problem is not None:
        return {"id": name, "ok": False, "error": problem.body()}
    return {"id": name, "ok": True, "changes": [record.change() for record in changed]}


def _stamp(at: str, device: str) -> clock.Stamp:
    try:
        return clock.parse(at, device)
    except ValueError as error:
        raise BadRequest(f"at: {error}", field="at") from error
