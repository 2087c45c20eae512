"""All specialists as columns of numbers, so that twenty thousand can be weighed at once.

A row holds only data that its specialist allows for matching: a private fact never gets here.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.text import primary_languages
from server.matching.clearance import serves_until, suspended_until, takes_minors
from server.matching.columns import Column, Named
from server.matching.floor import topics_above
from server.matching.hours import SLOTS, week
from server.matching.requester import hours_of
from server.matching.taxonomy import TOPICS

Data = Mapping[str, Any]
Mask = NDArray[np.bool_]

FAR = 2**53 - 1
COUNTS = {"lived": 1.0, "learning": 0.5, "interest": 0.25}  # {kind of fact: its worth}
MISSING = ""
WORD = 56  # slots of a week that one uint64 word holds


class CandidateColumns:
    """All specialists, one row each. ``put`` adds or replaces a specialist; all other public methods only read."""

    def __init__(self) -> None:
        self.users: list[str] = []
        self.data: list[Data] = []
        self.rows: dict[str, int] = {}
        self.depth, self.family, self.named = Named(np.float32), Named(np.float32), Named(np.float32)
        self.comfort, self.level, self.identity = Named(np.float32), Named(np.int8), Named(np.int8)
        self.avoid, self.apart, self.lived, self.above = Named(np.int8), Named(np.int8), Named(np.int8), Named(np.int8)
        self.gender, self.age, self.style, self.listens = Named(np.int8), Named(np.int8), Named(np.int8), Named(np.int8)
        self.hours, self.lot = Column(np.uint64, 12), Column(np.uint64)
        self.places, self.taken = Column(np.int16), Column(np.int16)
        self.free_from, self.until = Column(np.int64), Column(np.int64)
        self.asynchronous, self.minors, self.choosy = Column(np.bool_), Column(np.bool_), Column(np.bool_)

    def __len__(self) -> int:
        """Return how many specialists there are."""
        return len(self.users)

    def put(self, user: str, data: Data, now: int) -> None:
        """Add or replace a specialist, with the hours of the week that begins at ``now`` (ms)."""
        row = self.rows.setdefault(user, len(self.users))
        if row == len(self.users):
            self.users.append(user)
            self.data.append(data)
        self.data[row] = data
        self.lot.put(row, int.from_bytes(sha256(user.encode()).digest()[:8]))
        practice, profile = data.get("practice") or {}, data.get("profile") or {}
        self._put_facts(row, data["facts"], practice)
        self._put_person(row, practice, profile)
        self._put_places(row, data, practice)
        hours = hours_of(data.get("availability"))
        self.hours.put(row, words(week(hours, now) if hours else 0))

    def _put_facts(self, row: int, facts: Mapping[str, Data], practice: Data) -> None:
        depth: dict[str, float] = {}
        for fact in facts.values():
            if fact["kind"] == "identity":
                continue
            worth = COUNTS.get(fact["kind"], 0.0) * fact["depth"] / 3
            depth[fact["topic"]] = max(depth.get(fact["topic"], 0.0), worth)
        family: dict[str, float] = {}
        for topic, worth in depth.items():
            if topic in TOPICS:
                name = TOPICS[topic].family
                family[name] = max(family.get(name, 0.0), worth)
        self.depth.put(row, depth)
        self.family.put(row, family)
        self.lived.put(row, {fact["topic"]: 1 for fact in facts.values() if _is_told(fact, "lived")})
        self.above.put(row, dict.fromkeys(topics_above(facts, practice), 1))
        self.identity.put(row, {fact["topic"]: 1 for fact in facts.values() if _is_told(fact, "identity")})
        comfort = {topic: (0.5 + worth) / 1.5 for topic, worth in depth.items()}
        said = {topic: level / 3 for topic, level in practice.get("comfort", {}).items()}
        self.comfort.put(row, comfort | said)

    def _put_person(self, row: int, practice: Data, profile: Data) -> None:
        self.level.put(row, primary_languages(profile.get("languages") or {}))
        self.gender.put(row, {profile.get("gender") or MISSING: 1})
        self.age.put(row, {profile.get("age_band") or MISSING: 1})
        self.style.put(row, {practice.get("style") or MISSING: 1})
        self.listens.put(row, dict.fromkeys(practice.get("age_bands", ()), 1))
        self.choosy.put(row, bool(practice.get("age_bands")))
        self.avoid.put(row, dict.fromkeys(practice.get("avoid", ()), 1))
        self.apart.put(row, dict.fromkeys(practice.get("apart", ()), 1))
        self.asynchronous.put(row, bool(practice.get("asynchronous", False)))

    def _put_places(self, row: int, data: Data, practice: Data) -> None:
        """Set the places, how many are taken, and from when until when (ms) new peers may come; ``until`` 0: never."""
        active = sum(pairing["place"] for pairing in data["pairings"].values())
        self.places.put(row, practice.get("places", 0))
        self.taken.put(row, active + len(data["offers"]))
        self.free_from.put(row, max(data.get("paused_until", 0), suspended_until(data)))
        self.until.put(row, serves_until(data))
        self.minors.put(row, takes_minors(data))

    def soon(self, now_slot: int) -> NDArray[np.float64]:
        """Return the hours from ``now_slot`` until each specialist's next available slot; infinity: none this week."""
        rows = self.hours.first(len(self))
        word, bit = divmod(now_slot, 56)
        rolled = np.concatenate([rows[:, word:], rows[:, : word + 1]], axis=1)
        rolled[:, 0] &= np.uint64((1 << 56) - (1 << bit))
        rolled[:, -1] &= np.uint64((1 << bit) - 1)
        found = rolled != 0
        which = found.argmax(axis=1)
        first = rolled[np.arange(len(rolled)), which]
        lowest = np.bitwise_count((first & (~first + np.uint64(1))) - np.uint64(1)).astype(np.float64)
        slots = which * 56 + lowest - bit
        return np.where(found.any(axis=1), slots / 4, np.inf)

    def shared(self, hours: int) -> NDArray[np.float64]:
        """Return the hours a week that each specialist has in common with a bitset of slots, ``hours``."""
        both = np.bitwise_count(self.hours.first(len(self)) & words(hours))
        common: NDArray[np.float64] = both.sum(axis=1, dtype=np.int64) / 4
        return common

    def room(self, now: int) -> Mask:
        """Return True for each specialist who has a free place and may take a new peer at ``now`` (ms)."""
        count = len(self)
        free = self.taken.first(count) < self.places.first(count)
        mask: Mask = free & (self.free_from.first(count) <= now) & (now < self.until.first(count))
        return mask


def _is_told(fact: Data, kind: str) -> bool:
    """Return True if a fact of a kind may be matched with a topic or identity that a peer asks for by name.

    Only a shown fact may: otherwise a peer could ask for one name after the other, and read hidden facts from the list.
    """
    return bool(fact["kind"] == kind and fact["tier"] == "profile")


def words(bits: int) -> NDArray[np.uint64]:
    """Return a bitset of slots as 12 words of 56 slots: slot 56 * w + b is bit b of word w."""
    low = (1 << WORD) - 1
    return np.array([bits >> start & low for start in range(0, SLOTS, WORD)], np.uint64)
