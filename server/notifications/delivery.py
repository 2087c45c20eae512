"""Delivery: a bounded queue and a circuit breaker for each push service, so that a slow or dead one delays no other."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import structlog

from server.notifications.provider import Gone, Provider, Refused, Retry, Sent
from server.observability import metrics

log = structlog.get_logger()

MOST_WAITING = 2_000  # devices that wait for one service; further ones are tried again later
AT_ONCE = 32  # devices that one service is told of at the same time
LATE = 4.0  # seconds after which a device that still waits is tried again later, so that it delays its user no more
FAILURES = 5  # failures in a row after which a service is left alone
LEFT_ALONE, LEFT_ALONE_LONGEST = 5.0, 300.0  # seconds, at first and at most; twice as long after each trial that fails

Clock = Callable[[], float]  # seconds
Done = Callable[[Exception | None], None]  # takes the exception with which a device was not told, or None


class Services(Protocol):
    """The push services that are configured."""

    def find(self, sent: Sent) -> tuple[str, Provider]:
        """Return the name of the service that reaches a device, and its provider; raises Gone if none ever will."""


class Job(NamedTuple):
    """What one device is to be told, in order."""

    sents: Sequence[Sent]
    done: Done
    late_at: float  # seconds


class Delivery:
    """Sends payloads through the queue of their service. Nobody who hands something over waits for a service."""

    def __init__(self, services: Services, clock: Clock = time.monotonic) -> None:
        self._services, self._clock = services, clock
        self._queues, self._lock = dict[str, ServiceQueue](), threading.Lock()

    def send(self, sents: Sequence[Sent], done: Done) -> None:
        """Send payloads to one device, in order; ``done`` is called once, on any thread, with what became of it."""
        try:
            name, provider = self._services.find(sents[0])
        except Exception as error:  # noqa: BLE001 — whatever is wrong with a token, the other devices are still told
            done(error)
            return
        with self._lock:
            queue = self._queues.setdefault(name, ServiceQueue(name, self._clock))
        queue.put(provider, Job(sents, done, self._clock() + LATE))


class Breaker:
    """Leaves a service alone that has failed several times in a row; then lets one device at a time try it."""

    def __init__(self, name: str) -> None:
        self._name, self._failures, self._left_alone = name, 0, LEFT_ALONE
        self._until, self._is_tried, self._lock = 0.0, False, threading.Lock()

    def closed_for(self, now: float) -> float:
        """Return for how many seconds the service is left alone; 0: it may be asked now, and the caller does."""
        with self._lock:
            if self._failures < FAILURES:
                return 0.0
            if now < self._until or self._is_tried:
                return max(self._until - now, 1.0)
            self._is_tried = True
            return 0.0

    def worked(self) -> None:
        """Ask the service again without a limit: it answers."""
        with self._lock:
            if self._failures >= FAILURES:
                log.info("a push service answers again", service=self._name)
            self._failures, self._left_alone, self._is_tried = 0, LEFT_ALONE, False
            metrics.PUSH_LEFT_ALONE.labels(self._name).set(0)

    def failed(self, error: Exception, now: float) -> None:
        """Count a failure. From FAILURES in a row on, it is left alone for a while, as long as it asks for."""
        after = error.after if isinstance(error, Retry) else 0.0
        with self._lock:
            self._failures += 1
            self._is_tried = False
            if self._failures == FAILURES or (self._failures > FAILURES and now >= self._until):
                self._until = now + max(self._left_alone, min(after, LEFT_ALONE_LONGEST))
                self._left_alone = min(2 * self._left_alone, LEFT_ALONE_LONGEST)
                metrics.PUSH_LEFT_ALONE.labels(self._name).set(1)
                log.warning("a push service is left alone for a while", service=self._name, error=_said(error))


class ServiceQueue:
    """What waits for one service, calls for help first; and the threads that send, AT_ONCE at most."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name, self._clock, self._breaker = name, clock, Breaker(name)
        self._waiting: tuple[deque[tuple[Provider, Job]], ...] = (deque(), deque())
        self._senders, self._lock, self._is_refused = 0, threading.Lock(), False

    def put(self, provider: Provider, job: Job) -> None:
        """Let a device wait for the service; it is refused at once if too many wait."""
        with self._lock:
            is_full = sum(map(len, self._waiting)) >= MOST_WAITING
            if not is_full:
                self._waiting[job.sents[0].payload["what"] != "urgent"].append((provider, job))
            starts = not is_full and self._senders < AT_ONCE
            self._senders += starts
        if is_full:
            self._end(job, "full", Retry("too many devices wait for this service"))
        elif starts:
            threading.Thread(target=self._run, name=f"push {self._name}", daemon=True).start()

    def _run(self) -> None:
        """Send until nothing waits."""
        while True:
            with self._lock:
                found = next((waiting.popleft() for waiting in self._waiting if waiting), None)
                metrics.WAITING.labels(f"push {self._name}").set(sum(map(len, self._waiting)))
                if found is None:
                    self._senders -= 1
                    return
            self._deliver(*found)

    def _deliver(self, provider: Provider, job: Job) -> None:
        if self._clock() > job.late_at:
            self._end(job, "late", Retry("others waited for this service"))
            return
        closed_for = self._breaker.closed_for(self._clock())
        if closed_for:
            self._end(job, "left_alone", Retry("this service is left alone for a while", closed_for))
            return
        try:
            for sent in job.sents:
                provider.send(sent)
        except Gone as error:
            self._breaker.worked()
            self._end(job, "gone", error)
        except Exception as error:  # noqa: BLE001 — whatever a provider raises, the others are still told
            if getattr(error, "is_whole", True):
                self._breaker.failed(error, self._clock())
                self._say(error)
            else:
                self._breaker.worked()
            self._end(job, "refused" if isinstance(error, Refused) else "failed", error)
        else:
            self._breaker.worked()
            self._is_refused = False
            self._end(job, "sent", None)

    def _say(self, error: Exception) -> None:
        """Log once that an operator has to do something, until the service accepts this server again."""
        if isinstance(error, Refused) and not self._is_refused:
            log.error("a push service refuses this server: check its credentials", service=self._name, why=error.why)
            self._is_refused = True

    def _end(self, job: Job, outcome: str, error: Exception | None) -> None:
        metrics.PUSHES.labels(self._name, outcome).inc()
        job.done(error)


def _said(error: Exception) -> str:
    return error.why if isinstance(error, Retry | Refused) else type(error).__name__
