"""The whole path: messages per second that are stored durably and delivered, against an app that stores nothing."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import orjson

from bench.client import Client, pairings, person
from bench.report import Result, Sample, medians
from bench.stage import ROOT, Server, Stage, beside, gunicorn

CONVERSATIONS = 50
WARMUP, SECONDS = 1.0, 5.0  # seconds
COLUMNS = (
    "50 conversations",
    "msg/s",
    "ack p50 ms",
    "p99",
    "seen p50 ms",
    "p99",
    "worker µs/msg",
    "database µs/msg",
    "load CPU %",
)
CELLS = ("per_second", "ack_p50", "ack_p99", "delivery_p50", "delivery_p99", "worker_us", "database_us", "load_percent")


def run(repeats: int) -> Result:
    """Measure both in turn, over and over, so that whatever else the machine does hits both."""
    samples: dict[str, list[Sample]] = {"beside": [], "bare": []}
    with tempfile.TemporaryDirectory() as directory, beside() as stage:
        with gunicorn("bench.bare:app", Path(directory), MONGODB_URI="none") as server:
            ours, theirs = _paired(stage), _unpaired()
            for _ in range(repeats):
                samples["beside"].append(_load(stage.server, ours, database=stage.database.pid))
                samples["bare"].append(_load(server, theirs))
        _require_stored(stage, sum(sample["total"] for sample in samples["beside"]))
    both = zip(samples["beside"], samples["bare"], strict=True)
    samples["ratio"] = [{cell: ours[cell] / theirs[cell] for cell in CELLS[:6]} for ours, theirs in both]
    rows = [[name, *(medians(found).get(cell, "") for cell in CELLS)] for name, found in samples.items()]
    return Result("messages durable and delivered through the whole stack, against no database", COLUMNS, rows, samples)


def _paired(stage: Stage) -> list[dict[str, str]]:
    """Return conversations between people of Beside."""
    return [_pair(stage) for _ in range(CONVERSATIONS)]


def _pair(stage: Stage) -> dict[str, str]:
    tokens = person(stage.mongo, "specialist"), person(stage.mongo, "peer")
    specialist, peer = (Client(stage.server.address, token) for token in tokens)
    (space,) = pairings(specialist, peer, 1)
    specialist.close()
    peer.close()
    return {"space": space, "sender": tokens[0], "receiver": tokens[1]}


def _unpaired() -> list[dict[str, str]]:
    """Return conversations of the bare app, which takes the space's name for a token."""
    spaces = [f"pair:{number:026}" for number in range(CONVERSATIONS)]
    return [{"space": space, "sender": space, "receiver": space} for space in spaces]


def _load(server: Server, conversations: list[dict[str, str]], **processes: int) -> Sample:
    """Let the load generator work on a server and return its tally."""
    plan: dict[str, Any] = {
        "address": server.address,
        "conversations": conversations,
        "warmup": WARMUP,
        "seconds": SECONDS,
        "processes": {"worker": server.worker.pid, **processes},
    }
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(command, cwd=ROOT, input=orjson.dumps(plan), stdout=subprocess.PIPE, timeout=60, check=True)
    return orjson.loads(done.stdout)


def _require_stored(stage: Stage, sent: float) -> None:
    """Raise RuntimeError unless every message that was acknowledged is in the database."""
    stored = stage.mongo.records.count_documents({"kind": "message"})
    if stored != sent:
        raise RuntimeError(f"{sent} messages were acknowledged, {stored} are stored")
