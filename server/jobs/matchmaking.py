"""Matchmaking: finds specialists for each due request; internal commands then decide what is stored."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from schemas.errors import Refused
from server.backend import Backend
from server.commands.context import Clock
from server.jobs.scheduler import cause
from server.jobs.specialist_index import SpecialistIndex
from server.matching import policy
from server.matching.candidate_columns import CandidateColumns
from server.matching.requester import Requester, requester
from server.matching.shortlist import first, shortlist, widening
from server.store.reader import Reader
from sync.clock import DAY
from sync.record import Key, Record, peer_space, private

RECENT = 60 * DAY  # ms; older waits do not count in an estimate
SAMPLE = 10  # finished waits that an estimate needs at least
ATTEMPTS = 4  # specialists tried in turn, if other requests take them at the same moment


class Matchmaker:
    """Serves requests that are due."""

    def __init__(self, backend: Backend, reader: Reader, specialist_index: SpecialistIndex, now: Clock) -> None:
        self._backend, self._reader, self.specialist_index, self._now = backend, reader, specialist_index, now

    def serve(self, request: Record) -> None:
        """Serve one request that is due."""
        if self._now() >= request.data["patience_until"]:
            self._order("request.close", request, {})
        elif request.data["mode"] == "choose":
            pool = self.specialist_index.pool()
            [looking] = self.requesters([request])
            self._show(pool, looking, request, [one.found() for one in shortlist(pool, looking, self._now())])
        else:
            self._ask(request)

    def requesters(self, requests: Sequence[Record]) -> list[Requester]:
        """Return the requester of each request: what it looks for, and the specialists that its peer must not meet."""
        kept = self._reader.get(Key(peer_space(one.author), "peer", one.author) for one in requests)
        peers = {peer.id: peer.data for peer in kept.values()}
        names = [Key(private(user), "request", name) for user, data in peers.items() for name in data["requests"]]
        now, asked = self._now(), defaultdict[str, set[str]](set)
        for other in self._reader.get(names).values():
            if other.hidden.get("offer"):
                asked[other.author].add(other.hidden["offer"][0])
        found = []
        for one in requests:
            not_to_meet = frozenset(_not_to_meet(peers.get(one.author), now) | asked[one.author])
            found.append(requester(one.id, one.data, one.hidden["seeker"], not_to_meet, now))
        return found

    def propose(self, request: Record, found: dict[str, Any]) -> bool:
        """Propose a request to a specialist; return whether this was possible under the conditions of every offer."""
        return bool(self._order("request.ask", request, {"seq": request.seq, "person": found, "basis": self.basis()}))

    def basis(self) -> dict[str, Any]:
        """Return the data to replay a decision: the policy, the snapshot of the specialists, and the time in ms."""
        return {"policy": policy.VERSION, "snapshot": self.specialist_index.version, "at": self._now()}

    def _ask(self, request: Record) -> None:
        """Propose to the specialist who fits best, or to the next if that specialist was taken at the same moment."""
        for _ in range(ATTEMPTS):
            pool = self.specialist_index.pool()
            [looking] = self.requesters([request])
            found = first(pool, looking, self._now())
            if found is None:
                return self._show(pool, looking, request, [])
            if self.propose(request, found.found()):
                return None
        return None

    def _show(self, pool: CandidateColumns, looking: Requester, request: Record, found: list[dict[str, Any]]) -> None:
        few = len(found) < policy.SHORTEST
        args = {
            "seq": request.seq,
            "people": found,
            "wait": self.wait(request),
            "suggestion": widening(pool, looking, self._now()) if few else None,
            "basis": self.basis(),
        }
        self._order("request.list", request, args)

    def wait(self, request: Record) -> dict[str, float] | None:
        """Return {from, to} in hours: the middle half of the waits of similar requests; None if there are too few."""
        waits = self.specialist_index.waits(request.data["languages"], self._now() - RECENT)
        if len(waits) < SAMPLE:
            return None
        low, high = np.quantile(waits, [0.25, 0.75])
        return {"from": round(float(low), 1), "to": round(float(high), 1)}

    def _order(self, name: str, request: Record, args: dict[str, Any]) -> list[Record]:
        """Run an internal command about a request; return the records it changed, none if it was refused."""
        named = {"user": request.author, "id": request.id, **args}
        try:
            return self._backend.order(name, named, cause(request, f"{name} {args.get('person')}"))
        except Refused:
            return []


def _not_to_meet(peer: Mapping[str, Any] | None, now: int) -> set[str]:
    """Return the users not to suggest to a peer: those excluded now, and those paired with the peer already."""
    if peer is None:
        return set()
    excluded = {user for user, why in peer["excluded"].items() if why["until"] is None or now < why["until"]}
    return excluded | set(peer["pairings"].values())
