"""A circuit breaker: a push service that fails several times in a row is left alone for a while."""

import threading

import structlog

from server.notifications.provider import Refused, Retry
from server.observability import metrics

log = structlog.get_logger()

FAILURES = 5  # failures in a row after which a service is left alone
LEFT_ALONE, LEFT_ALONE_LONGEST = 5.0, 300.0  # seconds, at first and at most; twice as long after each trial that fails


class Breaker:
    """Leaves a service alone after FAILURES in a row (open), and then lets one device at a time try it (half-open)."""

    def __init__(self, name: str) -> None:
        self._name, self._failures, self._left_alone = name, 0, LEFT_ALONE
        self._until, self._is_tried, self._lock = 0.0, False, threading.Lock()

    def closed_for(self, now: float) -> float:
        """Return for how many seconds the service is left alone; at 0 the caller sends, and reports how it went."""
        with self._lock:
            if self._failures < FAILURES:
                return 0.0
            if now < self._until or self._is_tried:
                return max(self._until - now, 1.0)
            self._is_tried = True
            return 0.0

    def worked(self) -> None:
        """Count a success: the service is used again without a limit."""
        with self._lock:
            if self._failures >= FAILURES:
                log.info("a push service answers again", service=self._name)
            self._failures, self._left_alone, self._is_tried = 0, LEFT_ALONE, False
            metrics.PUSH_LEFT_ALONE.labels(self._name).set(0)

    def failed(self, error: Exception, now: float) -> None:
        """Count a failure. After FAILURES in a row the service is left alone, longer if it asks for a longer time."""
        after = error.after if isinstance(error, Retry) else 0.0
        with self._lock:
            self._failures += 1
            self._is_tried = False
            if self._failures == FAILURES or (self._failures > FAILURES and now >= self._until):
                self._until = now + max(self._left_alone, min(after, LEFT_ALONE_LONGEST))
                self._left_alone = min(2 * self._left_alone, LEFT_ALONE_LONGEST)
                metrics.PUSH_LEFT_ALONE.labels(self._name).set(1)
                log.warning("a push service is left alone for a while", service=self._name, error=_said(error))


def _said(error: Exception) -> str:
    return error.why if isinstance(error, Retry | Refused) else type(error).__name__
