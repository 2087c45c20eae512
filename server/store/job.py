"""One mutation on its way into the store: known from before, decided now, or refused."""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from pymongo.errors import PyMongoError

from server.errors import Problem, Refused, TryLater, remembered
from server.records import Key, Record
from server.store import ledger
from server.store.draft import Draft

log = structlog.get_logger()


@dataclass(slots=True)
class Job:
    """One mutation on its way into the store, and what became of it."""

    name: str  # "<user>|<mutation id>"
    digest: str
    command: str
    decide: Callable[[Draft], list[Record]]
    target: Key | None = None  # a record that the decision will read
    done: bool = False
    changed: list[Record] = field(default_factory=list)
    problem: Problem | None = None
    fresh: bool = False  # stored now, not known from before


def judge(job: Job, draft: Draft, entries: dict[str, ledger.Entry]) -> ledger.Entry | None:
    """Decide one job on the draft; return its ledger entry, or None if it was known already."""
    job.changed, job.problem, job.fresh = [], None, False
    try:
        known = entries.get(job.name)
        if known is not None:
            known.require_same(job.digest)
            _recall(job, known, draft)
            return None
        job.changed, job.fresh = draft.put(job.decide(draft)), True
        entries[job.name] = ledger.entry(job.name, job.digest, job.changed)
    except Refused as refusal:
        job.problem = refusal
        if job.name in entries:
            return None
        entries[job.name] = ledger.refused(job.name, job.digest, refusal)
    except PyMongoError:
        raise
    except Exception:
        log.exception("a command failed", command=job.command)
        job.problem = TryLater("The server made a mistake; it has been noted.", retry_after=60)
        return None
    return entries[job.name]


def _recall(job: Job, known: ledger.Entry, draft: Draft) -> None:
    """Answer a job that was done before: with the same refusal, or with its records as they are now."""
    if known.refusal is not None:
        job.problem = remembered(known.refusal)
    else:
        job.changed = [record for key in known.keys if (record := draft.get(key)) is not None]
