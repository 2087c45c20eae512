"""Waiting in tests: for an event, never for a fixed time. The timeout is only for events that never come.

It is much longer than anything takes, because other programs may keep the machine busy. A test that needs something
to be prompt compares it with what it must not wait for, and says so.
"""

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60.0  # seconds


def until(check: Callable[[], Any], why: str = "it is not so", seconds: float = PATIENCE) -> Any:
    """Call a check until it returns something true, and return that; fails after some seconds."""
    late = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < late, f"{why}, within {seconds} s"
        time.sleep(0.02)
    return found
