"""Working through an outbox: one outcome for each mutation, in order. A refused one does not block those behind it."""

from collections.abc import Callable, Sequence
from typing import Any

Outcome = dict[str, Any]
Answer = dict[str, Any]


def settled(outcome: Outcome) -> bool:
    """Tell whether an outcome is final: the phone may then remove the mutation from its outbox."""
    return bool(outcome["ok"]) or outcome["error"]["code"] not in {"try_later", "rate_limited"}


def in_order(mutations: Sequence[Any], mutate: Callable[[Sequence[Any]], list[Outcome]], at_once: int) -> Answer:
    """Execute the mutations in order, ``at_once`` together, and return ``{outcomes, later?}``.

    Stops at the first mutation without a final outcome: later mutations of a phone may depend on earlier ones. Fewer
    outcomes than mutations therefore mean "keep the rest and send it again"; ``later`` is the error that says why, and
    when.
    """
    outcomes: list[Outcome] = []
    for start in range(0, len(mutations), at_once):
        for outcome in mutate(mutations[start : start + at_once]):
            if not settled(outcome):
                return {"outcomes": outcomes, "later": outcome["error"]}
            outcomes.append(outcome)
    return {"outcomes": outcomes}
