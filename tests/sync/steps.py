"""Steps of which stories are made, and stories made from numbers."""

import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple


class Step(NamedTuple):
    """One thing that happens."""

    name: str
    args: dict[str, Any]


def step(weight: int, **args: Any) -> Callable:
    """Mark a method as a possible step of a story, with its weight and the values to choose each argument from."""

    def mark(happens: Callable) -> Callable:
        happens.weight, happens.args = weight, args
        return happens

    return mark


def invented(number: int, story: type, length: int) -> list[Step]:
    """Return ``length`` random steps, of those that a story marks; the number is the seed."""
    chance = random.Random(number)
    marked = {name: happens for kind in reversed(story.__mro__) for name, happens in vars(kind).items()}
    every = [happens for happens in marked.values() if hasattr(happens, "weight")]
    chosen = chance.choices(every, [happens.weight for happens in every], k=length)
    return [Step(one.__name__, {name: chance.choice(some) for name, some in one.args.items()}) for one in chosen]


def shortest(steps: list[Step], tell: Callable[[list[Step]], Any]) -> list[Step]:
    """Remove the steps without which a failing story still fails, for a minute at most; return the others."""
    enough, size = time.monotonic() + 60, len(steps) // 2
    while size and time.monotonic() < enough:
        for start in range(0, len(steps), size):
            fewer = steps[:start] + steps[start + size :]
            try:
                tell(fewer)
            except Exception:  # noqa: BLE001 — it still fails
                steps = fewer
                break
        else:
            size //= 2
    return steps
