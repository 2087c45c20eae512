"""Working through an outbox: one outcome for each mutation, in order, and none that blocks those behind it."""

from collections.abc import Callable, Sequence
from typing import Any

Outcome = dict[str, Any]


def settled(outcome: Outcome) -> bool:
    """Tell whether an outcome is final: the phone may take its mutation out of the outbox."""
    return bool(outcome["ok"]) or outcome["error"]["code"] not in {"try_later", "rate_limited"}


def in_order(mutations: Sequence[Any], mutate: Callable[[Sequence[Any]], list[Outcome]], at_once: int) -> list[Outcome]:
    """Do the mutations in order, some ``at_once``, and return their outcomes.

    Stops at the first that got no answer yet: what a phone does later may rest on what it did before. An
    answer shorter than the question therefore means "keep the rest and ask again".
    """
    outcomes: list[Outcome] = []
    for start in range(0, len(mutations), at_once):
        for outcome in mutate(mutations[start : start + at_once]):
            if not settled(outcome):
                return outcomes
            outcomes.append(outcome)
    return outcomes
