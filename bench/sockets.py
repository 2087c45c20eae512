"""The WebSocket transport alone: the bare app on other transports and ours, 50 conversations, and the time of a frame.

Only transports that give a slow reader whole frames, and accept long frames, are measured. gevent-websocket is
installed only for the server that uses it: Engine.IO changes its behaviour wherever gevent-websocket can be imported.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import orjson

from bench.meter import Meter
from bench.report import Result, Sample, medians
from bench.rivals import loaded, strangers
from bench.stage import ROOT, Server, gunicorn
from bench.standing import Standing
from bench.transports import GEVENT, LEAN, OURS, REPAIRED, SIMPLE, STOCK
from bench.transports.checks import checked

NAMES = (GEVENT, SIMPLE, REPAIRED, STOCK, OURS, LEAN)
PINNED = "gevent-websocket==0.10.1"
CONVERSATIONS = 50
WARMUP, SECONDS = 1.0, 3.0  # seconds
IDLE, FIRST = 400, 50  # idle phones, and phones that warm up the worker before anything is counted
SETTLING = 1.0  # seconds until a worker has forgotten the phones that left, or has let all phones in
COLUMNS = (
    "transport",
    "msg/s",
    "worker µs/msg",
    "ack p50 ms",
    "p99",
    "kB/idle phone",
    "in 100 B µs",
    "400 B",
    "4 kB",
    "60 kB",
    "out 400 B",
)
CELLS = ("per_second", "worker_us", "ack_p50", "ack_p99", "kb", "in_100", "in_400", "in_4000", "in_60000", "out_400")
GATES = {"slow_reader", "long_frame"}  # a transport that does not pass these checks is not measured


def run(repeats: int) -> Result:
    """Check all transports, then measure those that pass in turn, ``repeats`` times."""
    with tempfile.TemporaryDirectory(prefix="beside-bench-") as directory, ExitStack() as stack:
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", directory, PINNED], check=True
        )
        servers = {name: stack.enter_context(_serving(name, directory)) for name in NAMES}
        faults = {name: checked(server.address) for name, server in servers.items()}
        samples: dict[str, list[Sample]] = {name: [] for name in NAMES if not GATES & faults[name].keys()}
        for _ in range(repeats):
            frames = _frames(directory)
            for name, found in samples.items():
                idle = asyncio.run(_idle(servers[name]))
                found.append({**_loaded(servers[name]), **idle, **frames.get(name, {})})
    return Result(_title(faults), COLUMNS, [_row(name, found) for name, found in samples.items()], samples)


@contextmanager
def _serving(name: str, directory: str) -> Iterator[Server]:
    """Run the bare app on a transport."""
    more = {"PYTHONPATH": directory} if name == GEVENT else {}
    with tempfile.TemporaryDirectory() as own:
        app = gunicorn("bench.transports.app:app", Path(own), MONGODB_URI="none", TRANSPORT=name, **more)
        with app as server:
            yield server


def _frames(directory: str) -> dict[str, Sample]:
    """Return the time of one frame, in µs, by transport."""
    command, environment = [sys.executable, "-m", "bench.transports.frames"], {**os.environ, "PYTHONPATH": directory}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return orjson.loads(done.stdout)


async def _idle(server: Server) -> Sample:
    """Return the memory that one idle phone takes on a new worker that was warmed up."""
    worker = server.renewed()
    for phones in (FIRST, IDLE):
        meter = Meter(worker)
        standing = [Standing(server.address, f"pair:{number:026}") for number in range(phones)]
        for each in standing:
            await each.connect()
        await asyncio.sleep(SETTLING)
        grown = meter.grown()
        for each in standing:
            each.leave()
        await asyncio.sleep(SETTLING)
    return {"kb": grown * 1024 / IDLE}


def _loaded(server: Server) -> Sample:
    """Return the tally of a short load; one message in flight in each conversation."""
    talks, workers = strangers(CONVERSATIONS), {"worker": server.workers}
    return loaded(server.address, talks, workers, most=100, flight=1, warmup=WARMUP, seconds=SECONDS)


def _row(name: str, samples: list[Sample]) -> list[str | float]:
    row = medians(samples)
    return [name, *(row.get(cell, "") for cell in CELLS)]


def _title(faults: dict[str, dict[str, str]]) -> str:
    wrong = (f"{name} ({', '.join(checks)})" for name, checks in faults.items() if checks)
    return f"the bare app on other transports, {CONVERSATIONS} conversations. Fail: {', '.join(wrong) or 'none'}"
