"""Working through an outbox: one outcome for each mutation, in order, and none that blocks those behind it."""

from collections.abc import Callable, Iterable
from typing import Any

Outcome = dict[str, Any]


def settled(outcome: Outcome) -> bool:
    """Tell whether an outcome is final: the phone may take its mutation out of the outbox."""
    return bool(outcome["ok"]) or outcome["error"]["code"] not in {"try_later", "rate_limited"}


def in_order(mutations: Iterable[Any], mutate: Callable[[Any], Outcome]) -> list[Outcome]:
    """Do one mutation after the other and return their outcomes.

    Stops at the first that got no answer yet: what a phone does later may rest on what it did before. An
    answer shorter than the question therefore means "keep the rest and ask again".
    """
    outcomes: list[Outcome] = []
    for mutation in mutations:
        outcome = mutate(mutation)
        if not settled(outcome):
            break
        outcomes.append(outcome)
    return outcomes
