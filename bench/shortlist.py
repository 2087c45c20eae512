"""How long a peer waits for a short list: the scoring by itself, and from the request to the stored list."""

import tempfile
import time
import tracemalloc
from collections import Counter
from itertools import count, islice
from pathlib import Path
from typing import Any

import orjson
import uuid_utils

from bench.report import Result, Sample, medians, percentile
from bench.waiting_people import NOW, listens, looks
from server.app import build
from server.commands.context import Caller
from server.config import Config
from server.demo_data import Population, population
from server.embedded_database.client import Embedded
from server.matching.candidate_columns import CandidateColumns
from server.matching.shortlist import shortlist
from server.store.database import Mongo, connect
from sync.record import Record, specialist_space
from tests.sealed import MASTER_KEY, encoded

SIZES = (200, 2_000, 20_000)
PEERS = 200  # each of them asks once
SEED = 2026
ANSWERS = 40  # requests that are measured from end to end
CONFIG = Config(
    Path(), None, ("a-key-for-benchmarks-only-of-40-characters",), (), 0, "WARNING", master_keys=(MASTER_KEY,)
)
CHANGED = 10  # specialists whose stored data has changed before a request is opened
COLUMNS = (
    "specialists", "fill s", "pool MB", "scoring p50 ms", "p99 ms", "request to list p50 ms", "p99 ms",
    f"{CHANGED} changed p50 ms", "p99 ms", "first, cold, s",
)  # fmt: skip


def run(repeats: int) -> Result:
    """Measure each size; every peer's list is made once in each repeat."""
    samples = {f"{size:,}": [_sample(size) for _ in range(repeats)] for size in SIZES}
    rows = [[name, *medians(found).values()] for name, found in samples.items()]
    return Result("short lists (target: 20,000 specialists under 50 ms)", COLUMNS, rows, samples)


def _sample(size: int) -> Sample:
    people = population(PEERS, size, SEED)
    pool = CandidateColumns()
    start = time.perf_counter()
    for person in people.specialists:
        pool.put(person["handle"], listens(person), NOW)
    filled = time.perf_counter() - start
    scoring = [_timed(shortlist, pool, looks(person), NOW) for person in people.peers]
    cold, answers, changed = _from_end_to_end(people)
    return {
        "fill": filled,
        "mb": _megabytes(people),
        "p50": percentile(scoring, 50),
        "p99": percentile(scoring, 99),
        "end p50": percentile(answers, 50),
        "end p99": percentile(answers, 99),
        "changed p50": percentile(changed, 50),
        "changed p99": percentile(changed, 99),
        "cold": cold,
    }


def _megabytes(people: Population) -> float:
    """Return the MB that a worker needs for all specialists, each parsed as if read from the database."""
    rows, pool = [orjson.dumps(listens(person)) for person in people.specialists], CandidateColumns()
    tracemalloc.start()
    for person, row in zip(people.specialists, rows, strict=True):
        pool.put(person["handle"], orjson.loads(row), NOW)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / 1e6


def _timed(function: Any, *args: Any) -> float:
    """Return the ms that a call takes."""
    start = time.perf_counter()
    function(*args)
    return 1000 * (time.perf_counter() - start)


def _from_end_to_end(people: Population) -> tuple[float, list[float], list[float]]:
    """Return the seconds of the first short list on a new worker, and the ms of the short lists after it, all stored.

    In the first list of ms no specialist has changed before the request; in the second, ten have.
    """
    with tempfile.TemporaryDirectory(prefix="beside-bench-") as directory:
        embedded = Embedded(Path(directory))
        try:
            mongo = connect(embedded.uri)
            parts = build(CONFIG, mongo, lambda: NOW)
            _store(mongo, people)
            peers = iter(people.peers)
            first = _answered(parts, mongo, next(peers))
            calm = [_answered(parts, mongo, person) for person in islice(peers, ANSWERS)]
            moves, changed = count(1), list[float]()
            for person in islice(peers, ANSWERS):
                _move(parts, people, next(moves))
                changed.append(_answered(parts, mongo, person))
        finally:
            embedded.stop()
    return first / 1000, calm, changed


def _store(mongo: Mongo, people: Population) -> None:
    """Insert the specialists' records as commands would store them: storing them is not measured."""
    heads: Counter[str] = Counter()
    rows = []
    for person in people.specialists:
        space = specialist_space(person["handle"])
        heads[space] += 1
        seqs = {"seq": heads[space], "first_seq": heads[space]}
        rows.append(Record(person["handle"], "specialist", space, data=listens(person), **seqs))
    mongo.records.insert_many(encoded(mongo, rows))
    mongo.spaces.insert_many([{"_id": space, "head": head} for space, head in heads.items()])


def _move(parts: Any, people: Population, turn: int) -> None:
    """Change the stored data of ten specialists, other ones in each turn. All of them can still be found."""
    some = [people.specialists[(turn * CHANGED + number) % len(people.specialists)] for number in range(CHANGED)]
    for person in some:
        _do(parts, Caller(person["handle"], "phone", "specialist"), "practice.pause", until=NOW - turn)


def _answered(parts: Any, mongo: Mongo, person: Any) -> float:
    """Open a request and let the scheduler serve it; return the ms of that. Raises RuntimeError if it is not served."""
    caller = Caller(person["handle"], "phone", "peer")
    _do(parts, caller, "profile.edit", **person["profile"])
    _do(parts, caller, "availability.set", **person["availability"])
    start = time.perf_counter()
    _do(parts, caller, "request.open", **{"id": "r1", **person["request"], "mode": "choose"})
    parts.scheduler.run()
    took = 1000 * (time.perf_counter() - start)
    row = mongo.records.find_one({"_id": f"user:{caller.user}|request|r1"})
    if row is None or "due" not in row or row["due"] <= NOW:
        raise RuntimeError("a request was not served")
    return took


def _do(parts: Any, caller: Caller, name: str, **args: Any) -> None:
    mutation = {"id": str(uuid_utils.uuid7()), "name": name, "args": args, "at": f"{NOW}-0"}
    outcome = parts.backend.mutate(caller, mutation)
    if not outcome["ok"]:
        raise RuntimeError(outcome["error"]["message"])
