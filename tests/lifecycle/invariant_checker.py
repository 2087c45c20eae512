"""Checks every decision, in the order in which decisions are stored, for what no decision may ever do."""

import traceback
from collections import Counter
from collections.abc import Sequence
from typing import Any

from schemas.agreement import digest
from server.commands.access import WRITABLE
from server.store.database import Mongo
from sync.record import Key, Record, peer_space, private
from tests.sealed import decoded

FINAL = {"offer": {"accepted", "declined", "expired", "withdrawn"}, "pairing": {"ended"}}


class InvariantChecker:
    """Remembers every record as it was before the decision that changes it."""

    def __init__(self, database: Mongo) -> None:
        self._database = database
        self.met = Counter[str]()  # how often each case occurred, so that a test can prove that it did
        self.broken: list[str] = []  # violations; the checker collects them and never stops the server
        self._freed: set[str] = set()  # offers whose place was given back
        self.remember()

    def remember(self) -> None:
        """Read all stored records, as after a power cut: some decisions may not have been seen."""
        self._known = {one.key: one for one in decoded(self._database, self._database.records.find({}))}

    def follow(self, stored: Sequence[tuple[Sequence[Record], str]]) -> None:
        """Judge decisions, one after the other, by what each changed."""
        for records, _ in stored:
            self._follow(records)

    def _follow(self, records: Sequence[Record]) -> None:
        changed = {one.key: one for one in records if self._is_new(one)}
        for key, one in changed.items():
            before = self._known.get(key)
            if not one.deleted:
                self._judge(one, before, changed)
        self._known |= changed

    def _is_new(self, one: Record) -> bool:
        """Tell whether a record has changed since it was judged. It may be shown twice: then it has the same seq."""
        known = self._known.get(one.key)
        return known is None or one.seq > known.seq

    def _judge(self, one: Record, before: Record | None, changed: dict[Key, Record]) -> None:
        try:
            getattr(self, f"_{one.kind}", self._nothing)(one, before, changed)
        except Exception:  # noqa: BLE001 — the stage reports it later
            self.broken.append(f"{one.key}: {traceback.format_exc(limit=-2)}")

    def _nothing(self, *_: Any) -> None:
        """Check nothing: no law is known for this kind."""

    def _specialist(self, one: Record, before: Record | None, changed: dict[Key, Record]) -> None:
        was = before.data if before else {"offers": {}, "pairings": {}}
        practice = one.data.get("practice") or {}
        if _places(one.data) > _places(was):
            assert _places(one.data) <= practice["places"], one
        for name in one.data["offers"].keys() - was["offers"].keys():
            assert name not in self._freed, "a place was reserved again for an offer that was settled"
            self._may_be_asked(one, one.data["offers"][name])
        for name in was["offers"].keys() - one.data["offers"].keys():
            assert name not in self._freed, "a place was given back twice"
            self._freed.add(name)
            assert changed[Key(private(one.id), "offer", name)].data["state"] in FINAL["offer"]
        for name in one.data["pairings"].keys() - was["pairings"].keys():
            pairing = changed[Key(f"pair:{name}", "pairing", name)]
            assert pairing.data["state"] != "ended"
            if one.data["pairings"][name]["place"] and was["offers"].keys() == one.data["offers"].keys():
                if _said_in_time(name, changed):  # a person said this yes, and no pause stands against it
                    peer = pairing.hidden["peer"]
                    why = changed[Key(peer_space(peer), "peer", peer)].data["excluded"].get(one.id)
                    assert why is None or (why["until"] or self.now()) < self.now()
                    continue
                assert practice["standing_yes"]
                self._may_be_asked(one, pairing.hidden["peer"])

    def _may_be_asked(self, one: Record, peer: str) -> None:
        """A pause, a departure, an invalid credential or an exclusion wins against all that comes after it."""
        self.met["asked"] += 1
        moment = self.now()
        assert one.data["credential"]["supervisor"] is not None
        assert one.data["credential"]["until"] > moment
        assert one.data.get("paused_until", 0) <= moment
        assert one.data.get("leaving_at") is None
        assert not one.data.get("gone")
        assert not self._excluded(peer, one.id), "somebody was asked who is not to be met again"

    def _offer(self, one: Record, before: Record | None, _: Any) -> None:
        state = one.data["state"]
        self.met[f"offer {state}"] += 1
        if before is None:
            assert state == "sent"
        else:
            is_late = before.data["state"] == "expired" and "said_at" in one.hidden
            assert before.data["state"] == "sent" or is_late, "an offer was answered twice"
        if state == "accepted":
            assert one.data["sent_at"] <= one.hidden.get("said_at", self.now()) < one.data["due_at"]

    def _pairing(self, one: Record, before: Record | None, _: Any) -> None:
        self.met[f"pairing {one.data['state']}"] += 1
        assert before is None or before.data["state"] != "ended", "a pairing that had ended went on"
        if one.data["state"] in WRITABLE:
            assert one.hidden["agreed"] is not None

    def _agreement(self, one: Record, before: Record | None, changed: dict[Key, Record]) -> None:
        self.met[f"agreement {one.data['state']}"] += 1
        assert digest(one.data["terms"]) == one.data["sha256"]
        assert before is None or before.data["terms"] == one.data["terms"], "what was shown to sign was changed"
        if one.data["state"] == "in_force":
            house = self._house(one.space, changed)
            assert set(one.data["signed"]) == set(house.hidden["users"])
            assert house.hidden["agreed"] == one.data["sha256"]

    def _message(self, one: Record, before: Record | None, changed: dict[Key, Record]) -> None:
        if before is not None or one.data["origin"] == "system":
            return
        self.met["message"] += 1
        house = self._house(one.space, changed)
        assert house.data["state"] in WRITABLE
        agreement = self._known[Key(one.space, "agreement", house.hidden["in_force"])]
        assert set(agreement.data["signed"]) == set(house.hidden["users"])
        assert agreement.data["sha256"] == house.data["agreement"]

    def _shortlist(self, one: Record, *_: Any) -> None:
        self.met["shortlist"] += 1
        for user in one.hidden["people"].values():
            assert not self._excluded(one.author, user), "somebody was shown who is not to be met again"

    def _house(self, space: str, changed: dict[Key, Record]) -> Record:
        key = Key(space, "pairing", space.partition(":")[2])
        return changed.get(key) or self._known[key]

    def _excluded(self, peer: str, user: str) -> bool:
        kept = self._known.get(Key(peer_space(peer), "peer", peer))
        why = kept.data["excluded"].get(user) if kept else None
        return why is not None and (why["until"] is None or self.now() < why["until"])

    def now(self) -> int:
        """Return the server's clock in ms; the owner of a checker replaces this method."""
        raise NotImplementedError


def _said_in_time(pairing: str, changed: dict[Key, Record]) -> bool:
    """Tell whether a pairing comes from a yes that was said before its offer ran out, and arrived later."""
    offers = (one for one in changed.values() if one.kind == "offer" and one.data.get("pairing") == pairing)
    return any("said_at" in one.hidden for one in offers)


def _places(data: Any) -> int:
    """Return how many places are taken or reserved."""
    return len(data["offers"]) + sum(pairing["place"] for pairing in data["pairings"].values())
