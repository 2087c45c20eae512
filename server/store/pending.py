"""Pending mutations, on their way into the store. Each is found in the ledger, decided now, or refused."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from pymongo.errors import PyMongoError

from schemas.errors import NotYet, Problem, Refused, TryLater, remembered
from server.commands import access
from server.commands.context import URGENT_COMMAND
from server.store import ledger
from server.store.change_set import ChangeSet
from sync.clock import MINUTE
from sync.record import Key, Record, membership_key

log = structlog.get_logger()

RECENT = MINUTE  # ms in which a phone surely repeats a mutation that it has no answer to, once it is connected again


@dataclass(slots=True)
class PendingMutation:
    """One mutation and its result."""

    name: str  # "<user>|<mutation id>"
    digest: str
    command: str
    decide: Callable[[ChangeSet], list[Record]]
    targets: Sequence[Key] = ()  # records that the decision will read
    user: str = ""  # the account id of the caller
    creates: Key | None = None  # the target that the mutation creates, if any
    push: ledger.PushOfRows | None = None  # set if this is a commit of rows that a client database has pushed
    observed: Sequence[str] = ()  # spaces that the decision reads, but need not change
    reports: bool = False  # files a report, which is limited
    changed: list[Record] = field(default_factory=list)
    shown: list[Record] = field(default_factory=list)  # the changed records that the caller may see
    problem: Problem | None = None
    fresh: bool = False  # decided now, not found in the ledger
    sent: bool = False  # a commit of it had no answer: an entry found in the ledger may come from this commit


class Submission:
    """The mutations of one phone that are stored together, in order."""

    def __init__(self, mutations: list[PendingMutation]) -> None:
        self.mutations, self.done = mutations, False
        self._asleep = threading.Lock()  # like an Event, which takes three times as long to make
        self._asleep.acquire()
        self.user = mutations[0].user
        self.came = time.perf_counter()
        self.spaces = {
            space for pending in mutations for space in (*(key.space for key in pending.targets), *pending.observed)
        }  # of the records that the decisions will read, as far as is known

    @property
    def urgent(self) -> bool:
        """Whether this is an SOS, which goes before all other submissions."""
        return any(pending.command == URGENT_COMMAND for pending in self.mutations)

    def judge(
        self, change_set: ChangeSet, entries: dict[str, ledger.Entry], worker: str, now: int
    ) -> Iterator[ledger.Entry]:
        """Decide the mutations on the change set, as one worker and at a time in ms; give the new ledger entries.

        After a mutation without an answer no other is decided: later mutations of a phone may depend on earlier ones.
        """
        problem: Problem | None = None
        for pending in self.mutations:
            pending.changed, pending.shown, pending.problem, pending.fresh = [], [], problem, False
            if problem is None:
                entry = _judge(pending, change_set, entries, worker, now)
                if entry is not None:
                    yield entry
                problem = pending.problem if isinstance(pending.problem, NotYet) else None

    def halves(self) -> tuple["Submission", "Submission"]:
        """Return the first and the second half of the mutations, in submissions of their own."""
        half = len(self.mutations) // 2
        return Submission(self.mutations[:half]), Submission(self.mutations[half:])

    def fail(self, problem: Problem) -> None:
        """Give every mutation this problem, and no changes."""
        for pending in self.mutations:
            pending.changed, pending.shown, pending.problem, pending.fresh = [], [], problem, False

    def finish(self) -> None:
        """Wake the thread that waits for the answers."""
        self.done = True
        self.wake()

    def wait(self) -> None:
        """Wait until the submission is woken. Return at once if it was woken since the last wait."""
        self._asleep.acquire()

    def wake(self) -> None:
        """Wake the thread that waits for the submission, or let its next wait return at once."""
        with suppress(RuntimeError):  # it is awake already
            self._asleep.release()


def _judge(
    pending: PendingMutation, change_set: ChangeSet, entries: dict[str, ledger.Entry], worker: str, now: int
) -> ledger.Entry | None:
    """Decide one mutation; return its new ledger entry, or None if it needs none, has one already or has no answer.

    A repeated mutation counts as fresh if the effects of its first commit may not have run: because that commit had no
    answer, or because another worker made it within RECENT, and may have died since.
    """
    known = entries.get(pending.name)
    try:
        if known is not None:
            known.require_same(pending.digest)
            _recall(pending, known, change_set)
            pending.fresh = pending.sent or (known.by != worker and known.at > now - RECENT)
            return None
        pending.changed, pending.fresh = change_set.put(pending.decide(change_set)), True
        pending.shown = _seen(pending, change_set)
    except Refused as refusal:
        pending.problem = refusal
        if known is not None:
            return None
    except NotYet as problem:
        pending.problem = problem
        return None
    except PyMongoError:
        raise
    except Exception:
        log.exception("a command failed", command=pending.command)
        pending.problem = TryLater("The server made a mistake; repeat this later.", retry_after=60)
        return None
    return _entered(pending, entries)


def _entered(pending: PendingMutation, entries: dict[str, ledger.Entry]) -> ledger.Entry:
    """Add the ledger entry of a decided mutation to ``entries``, and return it."""
    if isinstance(pending.problem, Refused):
        entries[pending.name] = ledger.refused(pending.name, pending.digest, pending.problem)
    else:
        entries[pending.name] = ledger.entry(pending.name, pending.digest, pending.changed, pending.push)
    return entries[pending.name]


def _recall(pending: PendingMutation, known: ledger.Entry, change_set: ChangeSet) -> None:
    """Answer a mutation that is in the ledger: with the same refusal, or with its records as they are now."""
    if known.refusal is not None:
        pending.problem = remembered(known.refusal)
    else:
        found = [record for key in known.keys if (record := change_set.get(key)) is not None]
        pending.changed = [
            record
            for record in found
            if not access.has_left(change_set.get(membership_key(pending.user, record.space)))
        ]
        pending.shown = _seen(pending, change_set)


def _seen(pending: PendingMutation, change_set: ChangeSet) -> list[Record]:
    """Return the changed records that the caller may see. One decision may change spaces of other users as well."""
    return [record for record in pending.changed if _is_theirs(pending.user, record, change_set)]


def _is_theirs(user: str, record: Record, change_set: ChangeSet) -> bool:
    """Tell whether a user may read a record. An inviter may also read a space while its invitation is open."""
    if access.may_read(change_set, user, record.space):
        return True
    shared = access.find_shared_space(change_set, record.space)
    return shared is not None and shared.data["state"] == "invited" and user == shared.hidden.get("inviter")
