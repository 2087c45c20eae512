"""Every sync request of every transport is handled here, and answered with outcomes or with a page of changes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import structlog

from schemas.errors import BadRequest, Problem, TryLater
from schemas.protocol import Mutation, Pull, Push, Sync
from server.commands.context import STAFF, SYSTEM, URGENT_COMMAND, Caller, Clock, Context, require_command
from server.concurrency import FairTurns
from server.limits.admission import Admission, files_report
from server.observability import metrics
from server.observability.security_log import SecurityLog
from server.store import ledger
from server.store.change_set import ChangeSet
from server.store.group_commit import GroupCommit
from server.store.in_flight import GROUP
from server.store.pending import PendingMutation
from server.unit_of_work import UnitOfWork
from server.validation import loaded, shallow
from sync import clock, push
from sync.pull import Puller
from sync.record import Key, Record, Wire

log = structlog.get_logger()

Answer = TypeVar("Answer")

FIRST_CALLS = 4  # calls for help of one push that are executed first; any more keep their place in the outbox

_mutation, _push, _pull, _sync = Mutation(), Push(), Pull(), Sync()


class Backend:
    """The verbs: mutate, push, pull and sync."""

    def __init__(
        self,
        group_commit: GroupCommit,
        puller: Puller,
        turns: FairTurns,
        admission: Admission,
        secret: bytes,
        security: SecurityLog,
        now: Clock,
    ) -> None:
        """Take the concurrency limit for building pages, the secret of derived ids, and the clock in ms."""
        self.group_commit, self._puller, self._turns, self._admission = group_commit, puller, turns, admission
        self._secret, self._security, self.now = secret, security, now

    def mutate(self, caller: Caller, body: Any) -> Wire:
        """Execute one mutation and return its outcome. Never raises a Problem: a bad body has an outcome, too."""
        return self.mutate_all(caller, [body])[0]

    def mutate_all(self, caller: Caller, bodies: Sequence[Any]) -> list[Wire]:
        """Execute at most GROUP mutations in order, and return their outcomes.

        If the store has no answer for a mutation, none of the later mutations is decided.
        """
        all_pending = [self._understood(caller, body) for body in bodies]
        understood = [pending for pending in all_pending if isinstance(pending, PendingMutation)]
        if understood:
            self.group_commit.run(understood)
        self._admission.spend(caller, [getattr(pending, "command", "") for pending in all_pending])
        made = [pending for pending in understood if pending.fresh]
        self._admission.spend_daily(caller, [one.command for one in made], sum(one.reports for one in made))
        metrics.answered(
            (pending.command, pending.problem) if isinstance(pending, PendingMutation) else ("", pending)
            for pending in all_pending
        )
        self._note(caller, [one.command for one in understood if one.problem is None])
        return [_outcome(body, pending) for body, pending in zip(bodies, all_pending, strict=True)]

    def push(self, caller: Caller, body: Any) -> Wire:
        """Execute the mutations of an outbox in order; raises BadRequest if the body is not an outbox."""
        return self._settle(caller, loaded(_push, body)["mutations"])

    def pull(self, caller: Caller, body: Any) -> Wire:
        """Return the next page of changes; raises BadRequest for a cursor that is not the caller's."""
        return self._page(caller, loaded(_pull, body))

    def _page(self, caller: Caller, args: Wire) -> Wire:
        page = self._turns.run(caller.user, lambda: self._puller.page(caller, args))
        metrics.PAGES.labels("more" if page["more"] else "last" if page["changes"] else "empty").inc()
        return page

    def sync(self, caller: Caller, body: Any) -> Wire:
        """Push, then pull, in one round trip."""
        args = loaded(_sync, body)
        self._puller.vector(caller, args)  # refuses a bad cursor before any mutation is executed
        settled = self._settle(caller, args["mutations"])
        return {**settled, **self._page(caller, args)}

    def execute(self, caller: Caller, mutation: Wire) -> list[Record]:
        """Execute a mutation that the server makes; return the changed records; raises its Problem if it is refused."""
        pending = self._pending(caller, mutation)
        self.group_commit.run([pending])
        if pending.problem is not None:
            raise pending.problem
        return pending.changed

    def together(
        self, caller: Caller, keys: Sequence[Key], work: Callable[[UnitOfWork], Answer], push: str = ""
    ) -> Answer:
        """Run ``work`` in one unit of work, which is one commit, and return its answer; raises the Problem it raises.

        If another worker commits first, ``work`` is run again, so it may only decide and must have no side effect. The
        ledger does not recognize a repeated request: ``work`` must see in the stored records that nothing is left to
        do. ``keys`` are read ahead. ``push`` is the id of a push whose rows have these keys: the ledger keeps it.
        """
        name, decided = ledger.new_id(self.now()), list[tuple[Answer, UnitOfWork]]()

        def decide(change_set: ChangeSet) -> list[Record]:
            unit = UnitOfWork(caller, change_set, self._admission, name, self.now(), self._secret)
            decided[:] = [(work(unit), unit)]
            return list(unit.changed.values())

        pending = PendingMutation(f"{caller.user}|{name}", "", "adapter", decide, keys, caller.user)
        pending.push = ledger.PushOfRows(push, caller.device, tuple(keys)) if push else None
        self.group_commit.run([pending])
        if pending.problem is not None:
            raise pending.problem
        [(answer, unit)] = decided
        self._admission.spend(caller, unit.commands)
        self._admission.spend_daily(caller, unit.commands, unit.reports)
        self._note(caller, unit.commands)
        return answer

    def order(self, name: str, args: Wire, cause: str) -> list[Record]:
        """Execute a command as Beside itself, once for each ``cause``; raises its Problem if it is refused."""
        return self.execute(SYSTEM, self._ordered(name, args, cause))

    def order_all(self, name: str, orders: Iterable[tuple[Wire, str]]) -> None:
        """Execute a command as Beside itself in one commit, once for each (args, cause), at most GROUP times.

        Raises the Problem of the first command that fails. The commands before it are done. The commands after it are
        done only if the Problem is a refusal.
        """
        all_pending = [self._pending(SYSTEM, self._ordered(name, args, cause)) for args, cause in orders]
        self.group_commit.run(all_pending)
        for problem in (pending.problem for pending in all_pending):
            if problem is not None:
                raise problem

    def _ordered(self, name: str, args: Wire, cause: str) -> Wire:
        return {"id": cause, "name": name, "args": args, "at": f"{self.now()}-0"}

    def _note(self, caller: Caller, commands: Iterable[str]) -> None:
        """Write the commands of a staff member to the security log."""
        if caller.role in STAFF:
            for name in commands:
                self._security.note("staff_command", by=caller.user, device=caller.device, command=name)

    def _settle(self, caller: Caller, mutations: list[Any]) -> Wire:
        """Execute mutations in order, but an SOS before all others.

        The ledger then answers the SOS when its turn in the order comes.
        """
        urgent = [one for one in mutations if isinstance(one, dict) and one.get("name") == URGENT_COMMAND]
        for one in urgent[:FIRST_CALLS]:
            self.mutate_all(caller, [one])
        return push.in_order(mutations, lambda some: self.mutate_all(caller, some), GROUP)

    def _understood(self, caller: Caller, body: Any) -> PendingMutation | Problem:
        try:
            return self._pending(caller, loaded(_mutation, body))
        except Problem as problem:
            return problem
        except Exception:
            log.exception("a mutation could not be read")
            return TryLater("The server made a mistake; repeat this later.", retry_after=60)

    def _pending(self, caller: Caller, mutation: Wire) -> PendingMutation:
        """Return the pending mutation for the store; raises BadRequest or UnknownCommand."""
        command = require_command(mutation["name"], caller)
        args = loaded(command.schema, mutation["args"], "args")
        stamp = _stamp(mutation["at"], caller.device)

        def decide(change_set: ChangeSet) -> list[Record]:
            context = Context(caller, mutation["id"], stamp, self.now(), self._secret, change_set)
            return self._admission.decide(context, command, args)

        digest = ledger.digest(self._secret, command.name, shallow(mutation["args"]))
        name, targets = f"{caller.user}|{mutation['id']}", command.targets(caller, args)
        creates = targets[0] if command.creates else None
        observed = command.observed(caller, args)
        reports = files_report(command.name, args)
        return PendingMutation(
            name, digest, command.name, decide, targets, caller.user, creates, observed=observed, reports=reports
        )


def _outcome(body: Any, pending: PendingMutation | Problem) -> Wire:
    """Return the outcome of a mutation, as phones see it."""
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
