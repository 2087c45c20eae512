"""Deferred acceptance beside the library `matching` (MIT), on thousands of cohorts."""

import hashlib
import json
import warnings
from pathlib import Path

import pytest

from server.matching.deferred import accept
from tests.matching.cohorts import Cohort, SplitMix64, generated, mutual

with warnings.catch_warnings():  # it changes everybody's filters when imported
    from matching.exceptions import PlayerExcludedWarning, PreferencesChangedWarning
    from matching.games import HospitalResident

COHORTS = 2000


def theirs(cohort: Cohort, optimal: str = "resident") -> dict[str, str | None]:
    """Return what the library finds, once those are left out whom it does not take: nobody's choice, or no places."""
    peers = {
        peer: wishes for peer in cohort.peers if (wishes := [s for s in mutual(cohort, peer) if cohort.capacities[s]])
    }
    specialists = {
        who: listed
        for who, wishes in cohort.specialists.items()
        if (listed := [peer for peer in wishes if who in peers.get(peer, ())])
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", PlayerExcludedWarning)
        warnings.simplefilter("ignore", PreferencesChangedWarning)
        game = HospitalResident.create_from_dictionaries(
            peers, specialists, {s: cohort.capacities[s] for s in specialists}
        )
        solved = game.solve(optimal=optimal)
    found = {peer.name: who.name for who, has in solved.items() for peer in has}
    return {peer: found.get(peer) for peer in sorted(cohort.peers)}


def drawn(seed: int) -> Cohort:
    """Return a cohort from a seed; now and then somebody does not list back."""
    draw = SplitMix64(seed)
    specialists = 1 + draw.below(6)
    cohort = generated(
        seed, 1 + draw.below(12), specialists, draw.below(2), 1 + draw.below(3), 1 + draw.below(specialists)
    )
    back = {who: [p for p in wishes if draw.below(6)] for who, wishes in cohort.specialists.items()}
    return cohort._replace(specialists=back)


@pytest.mark.parametrize("start", range(0, COHORTS, COHORTS // 4))
def test_both_find_the_same(start):
    for seed in range(start, start + COHORTS // 4):
        cohort = drawn(seed)
        assert accept(*cohort) == theirs(cohort), seed


def test_both_find_the_same_for_many():
    cohort = generated(11, 400, 60, 1, 9, 10)
    assert accept(*cohort) == theirs(cohort)


def test_the_published_instance_is_the_one_that_was_published():
    facts = json.loads(Path(__file__).with_name("published.json").read_text())["generated"][0]
    cohort = generated(
        *(facts[name] for name in ("seed", "n_peers", "n_specialists", "cap_min", "cap_max", "list_len"))
    )
    text = json.dumps(cohort._asdict(), sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == facts["expected"]["sha256_instance"]
    best, other = accept(*cohort), theirs(cohort, "hospital")
    lines = "".join(f"{peer}={who or '-'}\n" for peer, who in other.items())
    assert hashlib.sha256(lines.encode()).hexdigest() == facts["expected"]["sha256_specialist_optimal"]
    differ = sum(best[peer] != other[peer] for peer in best)
    assert differ == facts["expected"]["peers_that_differ_between_extremes"]
