"""Turns: what takes much memory is done for a few at the same time, however many ask for it at once."""

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Work = TypeVar("Work", bound=Callable[..., Any])


def few_at_once(most: int) -> Callable[[Work], Work]:
    """Return a decorator: at most so many callers of one worker are in the function, the others wait for their turn."""
    turns = threading.Semaphore(most)

    def decorated(work: Work) -> Work:
        @wraps(work)
        def in_turn(*args: Any) -> Any:
            with turns:
                return work(*args)

        return in_turn  # type: ignore[return-value]  # wraps() keeps the shape

    return decorated
