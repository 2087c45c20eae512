"""Mutations on their way into the store: known from before, decided now, or refused."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import structlog
from pymongo.errors import PyMongoError

from schemas.errors import NotYet, Problem, Refused, TryLater, remembered
from server.commands.context import FIRST
from server.store import ledger
from server.store.change_set import Draft
from sync.record import Key, Record, private

log = structlog.get_logger()


@dataclass(slots=True)
class Job:
    """One mutation, and what became of it."""

    name: str | None  # "<user>|<mutation id>"; None: it may be asked again, and then decides by what is there
    digest: str
    command: str
    decide: Callable[[Draft], list[Record]]
    targets: Sequence[Key] = ()  # records that the decision will read
    user: str = ""  # who asked
    creates: Key | None = None  # the one of the targets that it makes
    changed: list[Record] = field(default_factory=list)
    shown: list[Record] = field(default_factory=list)  # those of them that whoever asked may see
    problem: Problem | None = None
    fresh: bool = False  # stored now, not known from before


class Batch:
    """The mutations of one phone that are stored together, in order."""

    def __init__(self, jobs: list[Job]) -> None:
        self.jobs, self.done, self.woken = jobs, False, threading.Event()
        self.came = time.perf_counter()
        self.spaces = {key.space for job in jobs for key in job.targets}  # that they rest on, as far as is known

    @property
    def urgent(self) -> bool:
        """Whether it is a call for help, which goes before all others."""
        return any(job.command == FIRST for job in self.jobs)

    def judge(self, draft: Draft, entries: dict[str, ledger.Entry]) -> Iterator[ledger.Entry]:
        """Decide the jobs on the draft, and give the ledger entries of those that were not known before.

        After one without an answer none is decided: what a phone does later may rest on what it did before.
        """
        problem: Problem | None = None
        for job in self.jobs:
            job.changed, job.shown, job.problem, job.fresh = [], [], problem, False
            if problem is None:
                entry = _judge(job, draft, entries)
                if entry is not None:
                    yield entry
                problem = job.problem if isinstance(job.problem, NotYet) else None

    def halves(self) -> tuple["Batch", "Batch"]:
        """Return the first and the second half of the jobs, in batches of their own."""
        half = len(self.jobs) // 2
        return Batch(self.jobs[:half]), Batch(self.jobs[half:])

    def fail(self, problem: Problem) -> None:
        """Leave every job without an answer."""
        for job in self.jobs:
            job.changed, job.shown, job.problem, job.fresh = [], [], problem, False

    def finish(self) -> None:
        """Wake whoever waits for the answers."""
        self.done = True
        self.woken.set()


def _judge(job: Job, draft: Draft, entries: dict[str, ledger.Entry]) -> ledger.Entry | None:
    """Decide one job; return its ledger entry, or None if it has none, was known already or has no answer."""
    known = entries.get(job.name) if job.name else None
    try:
        if known is not None:
            known.require_same(job.digest)
            _recall(job, known, draft)
            return None
        job.changed, job.fresh = draft.put(job.decide(draft)), True
        job.shown = _seen(job, draft)
    except Refused as refusal:
        job.problem = refusal
        if known is not None:
            return None
    except NotYet as problem:
        job.problem = problem
        return None
    except PyMongoError:
        raise
    except Exception:
        log.exception("a command failed", command=job.command)
        job.problem = TryLater("The server made a mistake; it has been noted.", retry_after=60)
        return None
    return _entered(job, entries)


def _entered(job: Job, entries: dict[str, ledger.Entry]) -> ledger.Entry | None:
    """Return the new ledger entry of a job that was decided, unless it needs none."""
    if job.name is None:
        return None
    if isinstance(job.problem, Refused):
        entries[job.name] = ledger.refused(job.name, job.digest, job.problem)
    else:
        entries[job.name] = ledger.entry(job.name, job.digest, job.changed)
    return entries[job.name]


def _recall(job: Job, known: ledger.Entry, draft: Draft) -> None:
    """Answer a job that was done before: with the same refusal, or with its records as they are now."""
    if known.refusal is not None:
        job.problem = remembered(known.refusal)
    else:
        found = [record for key in known.keys if (record := draft.get(key)) is not None]
        job.changed = [record for record in found if not _is_lost(job.user, record.space, draft)]
        job.shown = _seen(job, draft)


def _seen(job: Job, draft: Draft) -> list[Record]:
    """Return the changed records that whoever asked may see. One decision may reach into spaces of other people."""
    return [record for record in job.changed if _is_theirs(job.user, record, draft)]


def _is_theirs(user: str, record: Record, draft: Draft) -> bool:
    if not record.space.startswith("pair:"):
        return record.space == private(user)
    pairing = draft.get(Key(record.space, "pairing", record.space.partition(":")[2]))
    if pairing is None or (pairing.data["state"] == "ended" and _is_lost(user, record.space, draft)):
        return False
    asked = pairing.data["state"] == "invited" and user == pairing.hidden.get("inviter")
    return asked or user in pairing.hidden["users"].values()


def _is_lost(user: str, space: str, draft: Draft) -> bool:
    """Tell whether a user could read a space and cannot any more."""
    membership = draft.get(Key(private(user), "membership", space.replace(":", ".", 1)))
    return membership is not None and membership.deleted
