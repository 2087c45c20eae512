"""Checks everything that any worker stores for what no decision may do, by the records that the decision replaces.

A decision is stored only if the records that it is based on are unchanged, so the check is exact with many workers.
"""

import threading
from collections import Counter
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from server.store import transaction
from server.store.change_set import ChangeSet
from sync.record import Key, Record, peer_space
from tests.lifecycle.sweeper import everything

FINAL = {"accepted", "declined", "expired", "withdrawn"}

Step = tuple[Record, Record | None, int, Any]  # a record, what it replaces, the time in ms, the peer concerned


class DecisionChecker:
    """Sees every decision of every worker of this process."""

    def __init__(self, world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.broken: list[str] = []
        self.met = Counter[str]()
        self._world, self._put, self._store = world, ChangeSet.put, transaction.store
        self._steps = WeakKeyDictionary[ChangeSet, list[Step]]()
        self._turn = threading.Lock()
        monkeypatch.setattr(ChangeSet, "put", lambda draft, records: self._decided(draft, list(records)))
        monkeypatch.setattr(transaction, "store", self._stored)

    def _decided(self, draft: ChangeSet, records: list[Record]) -> list[Record]:
        before = {one.key: draft.get(one.key) for one in records}
        placed = self._put(draft, records)
        now = self._world.time  # not before the decision
        steps = [(one, before[one.key], now, _peer(one, draft)) for one in placed if one != before[one.key]]
        with self._turn:
            self._steps.setdefault(draft, []).extend(steps)
        return placed

    def _stored(self, records: Any, draft: ChangeSet, *args: Any) -> None:
        self._store(records, draft, *args)
        with self._turn:
            for step in self._steps.pop(draft, []):
                self._judge(*step)

    def _judge(self, one: Record, before: Record | None, now: int, peer: Any) -> None:
        judges = {"specialist": self._specialist, "offer": self._offer, "pairing": self._final, "shortlist": self._list}
        if not one.deleted and one.kind in judges:
            judges[one.kind](one, before if before is not None and not before.deleted else None, now, peer)

    def _specialist(self, one: Record, before: Record | None, now: int, _: Any) -> None:
        was = places(before.data) if before is not None else 0
        if places(one.data) > was:
            self.met["place taken"] += 1
            self._must(places(one.data) <= one.data["practice"]["places"], f"{one.id} has more people than places")
            self._must(one.data["credential"]["supervisor"] is not None, f"{one.id} has nobody to turn to")
            self._must(one.data.get("paused_until", 0) <= now, f"{one.id} was asked on a breather")
            away = one.data.get("gone") or one.data.get("leaving_at") is not None
            self._must(not away, f"{one.id} was asked, and is not there")

    def _offer(self, one: Record, before: Record | None, now: int, peer: Any) -> None:
        self._final(one, before)
        if before is None:
            self._must(
                not _is_excluded(peer, one.author, now), f"{one.author} was asked by {peer.id}, who is not to meet them"
            )

    def _final(self, one: Record, before: Record | None, *_: Any) -> None:
        state, was = one.data["state"], before.data["state"] if before is not None else None
        self.met[f"{one.kind} {state}"] += 1
        is_in_time = was == "expired" and state in {"accepted", "declined"}  # said offline before it expired
        self._must(was not in FINAL or is_in_time, f"offer {one.id} was {was}, then {state}")
        self._must(was != "ended", f"pairing {one.id} had ended, then was {state}")

    def _list(self, one: Record, _before: Record | None, now: int, peer: Any) -> None:
        self.met["short list"] += 1
        for user in one.hidden["people"].values():
            self._must(not _is_excluded(peer, user, now), f"{one.author} was shown {user}, whom they are not to meet")

    def _must(self, right: bool, wrong: str) -> None:  # noqa: FBT001 — what is asserted, and the words
        if not right:
            self.broken.append(wrong)


def places(data: Any) -> int:
    """Return how many places of a specialist are taken or reserved."""
    return len(data["offers"]) + sum(pairing["place"] for pairing in data["pairings"].values())


def shown_for_good(database: Any) -> list[str]:
    """Return, in words, which peers are shown somebody whom they are never to meet again."""
    records = everything(database)
    kept = {one.id: one.data["excluded"] for one in records if one.kind == "peer"}
    lists = [one for one in records if one.kind == "shortlist"]
    shown = [(one.author, user) for one in lists for user in one.hidden["people"].values()]
    return [f"{peer} is shown {user}" for peer, user in shown if kept[peer].get(user, {"until": 0})["until"] is None]


def _peer(one: Record, draft: ChangeSet) -> Record | None:
    """Return what is kept of the peer that a short list or an offer is about."""
    user = one.hidden.get("peer", one.author)
    return draft.get(Key(peer_space(user), "peer", user)) if one.kind in {"shortlist", "offer"} else None


def _is_excluded(peer: Record | None, user: str, now: int) -> bool:
    until = peer.data["excluded"].get(user, {"until": 0})["until"] if peer is not None else 0
    return until is None or now < until
