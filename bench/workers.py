"""One worker and two workers, without a database: what the bus between workers costs.

The best that two workers could reach is measured on two servers that never have to talk to each other, with half of the
conversations each.

The kernel chooses the worker of each phone, so the two phones of a conversation are on different workers half of the
time. Phones connect again until neither worker has many more than half of them: a worker that has both phones of a
conversation needs no bus.
"""

import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import psutil

from bench.report import Result, Sample, medians
from bench.rivals import loaded, strangers
from bench.stage import Server, gunicorn
from bench.valkey import valkey

CONVERSATIONS, FLIGHT = 50, 1
WARMUP, SECONDS = 1.0, 5.0  # seconds
MOST = 60  # percent of the phones on one of two workers
PATIENCE = 30  # seconds for all workers to be ready
ALONE = "1 worker, no bus"
TOGETHER = "2 workers, one bus"
APART = "2 workers, never talking"
CASES = {
    ALONE: {"WORKERS": "1"},
    TOGETHER: {"WORKERS": "2"},
}
COLUMNS = (
    "50 conversations",
    "msg/s",
    "of 1 worker",
    "ack p50 ms",
    "seen p50 ms",
    "p99",
    "workers µs/msg",
    "Valkey µs/msg",
    "on the busier, %",
    "load CPU %",
)
CELLS = (
    "per_second",
    "ratio",
    "ack_p50",
    "delivery_p50",
    "delivery_p99",
    "worker_us",
    "valkey_us",
    "busiest_percent",
    "load_percent",
)


def run(repeats: int) -> Result:
    """Measure all servers in turn, ``repeats`` times."""
    samples: dict[str, list[Sample]] = {name: [] for name in CASES}
    with ExitStack() as stack:
        url, bus = stack.enter_context(valkey())
        servers: dict[str, Server] = {}
        for name, settings in CASES.items():
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            more = settings | ({"BUS_URL": url} if name == TOGETHER else {})
            servers[name] = stack.enter_context(gunicorn("bench.bare:app", directory, MONGODB_URI="none", **more))
            _wait(servers[name], int(settings["WORKERS"]))
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        apart = [servers[ALONE], stack.enter_context(gunicorn("bench.bare:app", directory, MONGODB_URI="none"))]
        samples[APART] = []
        for _ in range(repeats):
            found = {name: _load(server, bus) for name, server in servers.items()} | {APART: _apart(apart, bus)}
            for name, one in found.items():
                samples[name].append({**one, "ratio": one["per_second"] / found[ALONE]["per_second"]})
    rows = [[name, *(medians(found)[cell] for cell in CELLS)] for name, found in samples.items()]
    return Result("several workers, no database", COLUMNS, rows, samples)


def _wait(server: Server, workers: int) -> None:
    """Wait until every worker has answered; raises RuntimeError if there are not as many as asked for."""
    deadline, seen = time.monotonic() + PATIENCE, set[int]()
    while len(seen) < workers:
        connection = HTTPConnection(server.address, timeout=PATIENCE)
        connection.request("GET", "/readyz")
        seen.add(int(connection.getresponse().read()))
        connection.close()
        if time.monotonic() > deadline:
            raise RuntimeError(f"Of {workers} workers only {len(seen)} have answered.")


def _apart(servers: list[Server], bus: psutil.Process) -> Sample:
    """Load both servers with half of the conversations each, at the same time; return the sample of both together."""
    with ThreadPoolExecutor(len(servers)) as pool:
        both = list(pool.map(lambda server: _load(server, bus, CONVERSATIONS // len(servers)), servers))
    means = {name: statistics.mean(one[name] for one in both) for name in both[0]}
    return means | {name: sum(one[name] for one in both) for name in ("per_second", "load_percent")}


def _load(server: Server, bus: psutil.Process, conversations: int = CONVERSATIONS) -> Sample:
    processes = {"worker": server.workers, "valkey": [bus]}
    plan = {"flight": FLIGHT, "warmup": WARMUP, "seconds": SECONDS, "most": MOST if len(server.workers) > 1 else 100}
    return loaded(server.address, strangers(conversations), processes, **plan)
