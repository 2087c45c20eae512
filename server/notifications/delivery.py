"""Delivery: a bounded queue and a circuit breaker for each push service, so that a slow or dead one delays no other."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import structlog

from server.notifications.breaker import Breaker
from server.notifications.provider import Gone, Provider, Refused, Retry, Sent, Unreachable
from server.observability import metrics

log = structlog.get_logger()

MOST_WAITING = 2_000  # devices that wait for one service; further ones are tried again later
AT_ONCE = 32  # devices that one service is told of at the same time
LATE = 4.0  # seconds after which a device that still waits is put off to a later try, so that its user's round can end
MOST_SERVICES = 256  # services with a queue; without a limit phones could name any number of hosts under ``*.``

Clock = Callable[[], float]  # seconds
Done = Callable[[Exception | None], None]  # takes None if a device was told, else the exception


class Services(Protocol):
    """The push services that are configured."""

    def find(self, sent: Sent) -> tuple[str, Provider]:
        """Return the name of the service that reaches a device, and its provider; raises Unreachable if none does."""


class Job(NamedTuple):
    """The payloads for one device, in order."""

    sents: Sequence[Sent]
    done: Done
    late_at: float  # seconds


class Delivery:
    """Sends payloads through the queue of their service. The caller of ``send`` does not wait for a service."""

    def __init__(self, services: Services, clock: Clock = time.monotonic) -> None:
        self._services, self._clock = services, clock
        self._queues, self._lock = dict[str, ServiceQueue](), threading.Lock()

    def send(self, sents: Sequence[Sent], done: Done) -> None:
        """Send payloads to one device, in order; ``done`` is called once, on any thread, with the outcome."""
        try:
            name, provider = self._services.find(sents[0])
        except Exception as error:  # noqa: BLE001 — whatever is wrong with a token, the other devices are still told
            if isinstance(error, Unreachable):
                metrics.PUSHES.labels(sents[0].platform, "unreachable").inc()
            done(error)
            return
        queue = self._queue(name)
        if queue is None:
            done(Retry("too many services are in use"))
            return
        queue.put(provider, Job(sents, done, self._clock() + LATE))

    def _queue(self, name: str) -> "ServiceQueue | None":
        """Return the queue of a service, or None if MOST_SERVICES are busy; a new queue may replace an idle one."""
        with self._lock:
            if name not in self._queues and len(self._queues) >= MOST_SERVICES:
                idle = next((one for one, queue in self._queues.items() if queue.is_idle), None)
                if idle is None:
                    return None
                del self._queues[idle]
            return self._queues.setdefault(name, ServiceQueue(name, self._clock))


class ServiceQueue:
    """The jobs that wait for one service, calls for help first, and the threads that send, AT_ONCE at most."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name, self._clock = name.partition(" ")[0], clock  # without the host: metrics have few names
        self._breaker = Breaker(self._name)
        self._waiting: tuple[deque[tuple[Provider, Job]], ...] = (deque(), deque())
        self._senders, self._lock, self._is_refused = 0, threading.Lock(), False

    @property
    def is_idle(self) -> bool:
        """True if nothing waits and nothing is sent."""
        return self._senders == 0

    def put(self, provider: Provider, job: Job) -> None:
        """Let a job wait for the service; if too many wait, it ends at once with Retry."""
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
        is_test = job.sents[0].payload["what"] == "test"  # the breaker ignores tests, as one user can send many
        closed_for = 0.0 if is_test else self._breaker.closed_for(self._clock())
        if closed_for:
            self._end(job, "left_alone", Retry("this service is left alone for a while", closed_for))
            return
        try:
            for sent in job.sents:
                provider.send(sent)
        except Gone as error:
            self._worked(is_test=is_test)
            self._end(job, "gone", error)
        except Exception as error:  # noqa: BLE001 — whatever a provider raises, the others are still told
            if is_test or not getattr(error, "is_whole", False):
                self._worked(is_test=is_test)
            else:
                self._breaker.failed(error, self._clock())
            self._say(error)
            self._end(job, "refused" if isinstance(error, Refused) else "failed", error)
        else:
            self._worked(is_test=is_test)
            self._is_refused = False
            self._end(job, "sent", None)

    def _worked(self, *, is_test: bool) -> None:
        if not is_test:
            self._breaker.worked()

    def _say(self, error: Exception) -> None:
        """Log once that an operator has to act; log again only after the service has accepted a payload meanwhile."""
        if isinstance(error, Refused) and error.is_said and not self._is_refused:
            log.error("a push service refuses this server: check its credentials", service=self._name, why=error.why)
            self._is_refused = True

    def _end(self, job: Job, outcome: str, error: Exception | None) -> None:
        metrics.PUSHES.labels(self._name, outcome).inc()
        job.done(error)
