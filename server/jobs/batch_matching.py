"""Matches many requests at once: serves as many as possible, then maximizes the total score (`matching/assign.py`).

The result is a list of proposals. Each proposal is decided by itself, under the conditions of every offer. If its
specialist is no longer possible at that moment, the request stays in the queue.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import structlog
from pymongo.errors import PyMongoError

from server.commands.context import Clock
from server.event_loop import give_way
from server.jobs.matchmaking import Matchmaker
from server.jobs.scheduler import Each
from server.jobs.specialist_index import SpecialistIndex
from server.matching import fairness
from server.matching.assign import assign
from server.matching.batch_weights import free, measured, weighed
from server.matching.candidate_columns import CandidateColumns
from server.matching.pruning import pruned
from server.matching.requester import Requester
from server.matching.score import weigh
from server.matching.shortlist import person
from server.store.reader import Reader
from sync.clock import DAY
from sync.record import Record

Progress = Callable[[int, int], None]  # takes the number of steps done, and of all steps

log = structlog.get_logger()

LOOKING = ("open", "shortlisted")
BATCH_SIZE = 200  # requests assigned at once by a worker that also serves phones: some 50 ms of its time
ENOUGH_FOR_A_BATCH = 5  # due requests for the first available specialist: this many or more are assigned together


class Outcome(NamedTuple):
    """The result of a batch."""

    report: fairness.Report
    proposed: int  # offers, and pairings by the standing yes of a specialist; 0 in a dry run
    lost: int  # proposals that were not possible any more


class Matched(NamedTuple):
    """A request and the specialist that a batch assigned to it."""

    pool: CandidateColumns
    request: Record
    requester: Requester
    row: int  # of the specialist, in these columns


class BatchMatching:
    """Assigns the requests that wait for the first available specialist."""

    def __init__(self, reader: Reader, specialist_index: SpecialistIndex, matchmaker: Matchmaker, now: Clock) -> None:
        self._reader, self._specialist_index, self._matchmaker, self._now = reader, specialist_index, matchmaker, now

    def run(self, *, seed: int, dry_run: bool, progress: Progress = lambda _done, _all: None) -> Outcome:
        """Assign all waiting requests; propose unless ``dry_run``. Equal seeds and equal records give equal results."""
        waiting = self.waiting()
        steps = len(waiting) * (1 if dry_run else 2)
        matched, report = self._matched(waiting, seed, lambda done: progress(done, steps))
        proposed = 0
        for done, pair in enumerate([] if dry_run else matched):
            proposed += self._propose(pair)
            progress(len(waiting) + done + 1, steps)
        return Outcome(report, proposed, 0 if dry_run else len(matched) - proposed)

    def waiting(self) -> list[Record]:
        """Return the requests that wait for the first available specialist, the longest waiting first."""
        live = (request for request in self._reader.live("request") if request.data["state"] in LOOKING)
        return sorted(
            (request for request in live if request.data["mode"] != "choose"),
            key=lambda one: (one.data["opened_at"], one.space, one.id),
        )

    def serve(self, due: Sequence[Record]) -> None:
        """Serve due requests one by one. If many wait for the first available specialist, assign these together."""
        waiting = [one for one in due if one.data["mode"] != "choose" and self._now() < one.data["patience_until"]]
        matched = self._together(waiting[:BATCH_SIZE]) if len(waiting) >= ENOUGH_FOR_A_BATCH else []
        served = {pair.request.key for pair in matched if self._propose(pair)}
        Each(self._matchmaker.serve)([request for request in due if request.key not in served])

    def _together(self, requests: Sequence[Record]) -> list[Matched]:
        """Assign many requests at once; raises PyMongoError.

        Returns no pairs if a request cannot be read, or if anything else fails: then all are served one by one.
        """
        try:
            return self._matched(requests, self._now() // DAY)[0]
        except PyMongoError:
            raise
        except Exception:
            log.exception("a batch of requests could not be assigned")
            return []

    def _matched(
        self, waiting: Sequence[Record], seed: int, progress: Callable[[int], None] = lambda _: None
    ) -> tuple[list[Matched], fairness.Report]:
        pool, requesters = self._specialist_index.pool(), self._matchmaker.requesters(waiting)

        def step(done: int) -> None:
            progress(done)
            give_way()

        weights = weighed(pool, requesters, self._now(), step)
        edges = pruned(weights.scores, free(pool)[: weights.scores.shape[1]], seed=seed)
        given = assign(edges)
        groups = [max(one.languages, key=lambda code: (one.languages[code], code), default="") for one in requesters]
        report = measured(weights, edges, given, groups)
        pairs = zip(waiting, requesters, given.tolist(), strict=True)
        return [Matched(pool, request, requester, row) for request, requester, row in pairs if row >= 0], report

    def _propose(self, pair: Matched) -> bool:
        """Propose a request to its specialist; return whether this was still possible."""
        weighed_now = weigh(pair.pool, pair.requester, self._now())
        found = person(pair.pool, weighed_now, pair.requester, pair.row, self._now())
        return self._matchmaker.propose(pair.request, found.found())
