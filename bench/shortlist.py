"""How long a peer waits for a short list: the scoring by itself, and from the request to the stored list."""

import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import uuid_utils

from bench.crowd import NOW, listens, looks
from bench.report import Result, Sample, medians, percentile
from server.app import build
from server.command import Caller
from server.config import Config
from server.embedded import Embedded
from server.matching.pool import Pool
from server.matching.shortlist import shortlist
from server.population import Population, population
from server.records import Record, roster_of
from server.store import documents
from server.store.database import Mongo, connect

SIZES = (200, 2_000, 20_000)
PEERS = 200  # who each ask once
SEED = 2026
ANSWERS = 40  # requests that are followed from the beginning to the end
CONFIG = Config(Path(), None, ("a-key-for-benchmarks-only-of-40-characters",), (), 0, "WARNING")
COLUMNS = ("specialists", "fill s", "scoring p50 ms", "p99 ms", "request to list p50 ms", "p99 ms", "first, cold, s")


def run(repeats: int) -> Result:
    """Measure each size; every peer's list is made once in each repeat."""
    samples = {f"{size:,}": [_sample(size) for _ in range(repeats)] for size in SIZES}
    rows = [[name, *medians(found).values()] for name, found in samples.items()]
    return Result("short lists (target: 20,000 specialists under 50 ms)", COLUMNS, rows, samples)


def _sample(size: int) -> Sample:
    people = population(PEERS, size, SEED)
    pool = Pool()
    start = time.perf_counter()
    for person in people.specialists:
        pool.put(person["handle"], listens(person), NOW)
    filled = time.perf_counter() - start
    scoring = [_timed(shortlist, pool, looks(person), NOW) for person in people.peers]
    cold, answers = _from_end_to_end(people)
    return {
        "fill": filled,
        "p50": percentile(scoring, 50),
        "p99": percentile(scoring, 99),
        "end p50": percentile(answers, 50),
        "end p99": percentile(answers, 99),
        "cold": cold,
    }


def _timed(function: Any, *args: Any) -> float:
    """Return the ms that a call takes."""
    start = time.perf_counter()
    function(*args)
    return 1000 * (time.perf_counter() - start)


def _from_end_to_end(people: Population) -> tuple[float, list[float]]:
    """Return the seconds of the first list on a new worker, and the ms of each after it, all stored."""
    with tempfile.TemporaryDirectory(prefix="beside-bench-") as directory:
        embedded = Embedded(Path(directory))
        try:
            mongo = connect(embedded.uri)
            parts = build(CONFIG, mongo, lambda: NOW)
            _store(mongo, people)
            first, *others = [_answered(parts, mongo, person) for person in people.peers[: ANSWERS + 1]]
        finally:
            embedded.stop()
    return first / 1000, others


def _store(mongo: Mongo, people: Population) -> None:
    """Put specialists where commands would: they are not what is measured."""
    heads: Counter[str] = Counter()
    rows = []
    for person in people.specialists:
        space = roster_of(person["handle"])
        heads[space] += 1
        seqs = {"seq": heads[space], "first_seq": heads[space]}
        rows.append(documents.encode(Record(person["handle"], "specialist", space, data=listens(person), **seqs)))
    mongo.records.insert_many(rows)
    mongo.spaces.insert_many([{"_id": space, "head": head} for space, head in heads.items()])


def _answered(parts: Any, mongo: Mongo, person: Any) -> float:
    """Open a request and let the timers serve it; return the ms that this takes."""
    caller = Caller(person["handle"], "phone", "peer")
    steps = {
        "profile.edit": person["profile"],
        "availability.set": person["availability"],
        "request.open": {"id": "r1", **person["request"], "mode": "choose"},
    }
    start = 0.0
    for name, args in steps.items():
        start = time.perf_counter()
        mutation = {"id": str(uuid_utils.uuid7()), "name": name, "args": args, "at": f"{NOW}-0"}
        outcome = parts.backend.mutate(caller, mutation)
        if not outcome["ok"]:
            raise RuntimeError(outcome["error"]["message"])
    parts.timers.run()
    took = 1000 * (time.perf_counter() - start)
    row = mongo.records.find_one({"_id": f"user:{caller.user}|request|r1"})
    if row is None or "due" not in row or row["due"] <= NOW:
        raise RuntimeError("a request was not served")
    return took
