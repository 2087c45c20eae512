"""The counters and timings for Prometheus. They never name a person or hold what users wrote.

The workers of one gunicorn count together in the directory PROMETHEUS_MULTIPROC_DIR, which gunicorn.conf.py makes
before any worker starts. Without this variable, each process counts for itself.
"""

import os
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector
from pymongo.errors import PyMongoError

from schemas.errors import NotYet, Problem

_process = [os.getpid()]
os.register_at_fork(after_in_child=lambda: _process.__setitem__(0, os.getpid()))
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    # The library itself calls getpid() for each count, and one message is counted five times.
    values.ValueClass = values.MultiProcessValue(lambda: _process[0])  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
FAST = (0.001, 0.002, 0.003, 0.005, 0.008, 0.012, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)  # seconds
SIZES = (1, 2, 4, 8, 16, 32, 64, 128)

PHONES = Gauge("beside_phones_connected", "Phones connected now.", registry=REGISTRY, multiprocess_mode="livesum")
CLOSED = Counter(
    "beside_connections_closed", "Connections closed for what they cost or did not do.", ["why"], registry=REGISTRY
)
MUTATIONS = Counter(
    "beside_mutations", "Mutations answered: ok, refused, or later.", ["command", "outcome"], registry=REGISTRY
)
GROUP_SIZE = Histogram("beside_commit_group_size", "Mutations stored together.", registry=REGISTRY, buckets=SIZES)
COMMIT = Histogram(
    "beside_commit_seconds", "From deciding a group to having it stored.", registry=REGISTRY, buckets=FAST
)
DELIVERY = Histogram(
    "beside_delivery_seconds",
    "From a mutation's arrival to its frames handed to the connections.",
    registry=REGISTRY,
    buckets=FAST,
)
WAITING = Gauge(
    "beside_waiting",
    "What waits: mutations to be stored (commit), users to be notified (effects).",
    ["queue"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
OVERDUE = Gauge(
    "beside_overdue_timers",
    "Records that are due, and more than are dealt with at once.",
    ["timers"],
    registry=REGISTRY,
    multiprocess_mode="livemax",
)
OLDEST_OVERDUE = Gauge(
    "beside_oldest_overdue_seconds",
    "For how long the record has been due that has waited longest for a timer; 0 if none is due.",
    registry=REGISTRY,
    multiprocess_mode="livemax",
)
DISK_FREE = Gauge(
    "beside_disk_free_bytes",
    "Free space on the database's disk, as far as it is known.",
    registry=REGISTRY,
    multiprocess_mode="livemin",
)
PAGES = Counter("beside_pull_pages", "Pages answered: empty, last, or more to come.", ["answer"], registry=REGISTRY)
DATABASE_ERRORS = Counter("beside_database_errors", "Calls that the database failed.", ["error"], registry=REGISTRY)
PUSHES = Counter(
    "beside_pushes",
    "Devices notified through a push service: sent, gone, failed, refused, left_alone, late, full or unreachable.",
    ["service", "outcome"],
    registry=REGISTRY,
)
PUSH_PLATFORMS = Gauge(
    "beside_push_platforms",
    "1 for each platform whose devices this server can notify.",
    ["platform"],
    registry=REGISTRY,
    multiprocess_mode="livemax",
)
PUSH_LEFT_ALONE = Gauge(
    "beside_push_service_left_alone",
    "1 while a push service is not asked, because it failed several times in a row.",
    ["service"],
    registry=REGISTRY,
    multiprocess_mode="livemax",
)
BUS_ERRORS = Counter("beside_bus_errors", "Times that the bus did not answer.", registry=REGISTRY)
BUS_MESSAGES = Counter("beside_bus_messages", "Lines told to other workers.", ["direction"], registry=REGISTRY)


def answered(jobs: Iterable[tuple[str, Problem | None]]) -> None:
    """Count mutations by their command ("" if it is unknown) and by their outcome."""
    for command, problem in jobs:
        outcome = "ok" if problem is None else "later" if isinstance(problem, NotYet) else "refused"
        MUTATIONS.labels(command, outcome).inc()


def failed(error: Exception) -> None:
    """Count a call that the database failed; other errors are not counted."""
    if isinstance(error, PyMongoError):
        DATABASE_ERRORS.labels(type(error).__name__).inc()


def exposition() -> bytes:
    """Return all metrics in the text format of Prometheus, for all workers that count together."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)
