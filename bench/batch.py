"""Match all waiting peers at once: the batch, first come, deferred acceptance, the optimum, and the library `matching`.

Each method runs in a process of its own, so that its memory can be measured, and is ended when it takes too long. The
library `matching` (MIT) copies people by recursion and fails with a RecursionError at either size, so it gets a deeper
stack.
"""

import json
import subprocess
import sys
import time

import numpy as np
import psutil

from bench.matchers import BATCH, METHODS, OPTIMUM, Given, candidates, everybody
from bench.meter import Meter
from bench.report import Result, Sample, medians
from bench.waiting_people import Crowd, population
from server.matching.assign import Edges
from server.matching.batch_weights import sides
from server.matching.fairness import report

SIZES = ((1_000, 200), (10_000, 2_000))
LIMIT = 300  # seconds for one method, including the time to make up the crowd
LONG = 30  # seconds; a method that takes longer is not repeated
SEED = 2026
COLUMNS = ("peers x specialists", "s", "CPU s", "MB", "served %", "score %", "blocking pairs", "of candidates")


def run(repeats: int) -> Result:
    """Match each crowd with each method. The score is the total of all pairs made, in percent of the optimum's."""
    samples: dict[str, list[Sample]] = {}
    rows: list[list[str | float]] = []
    for peers, specialists in SIZES:
        found = {name: _repeated(name, peers, specialists, repeats) for name in METHODS}
        samples |= {f"{peers} x {specialists}, {name}": each for name, each in found.items()}
        best = (found[OPTIMUM] or found[BATCH])[0]["score"]
        rows += [_row(f"{peers:,} x {specialists:,} {name}", each, best) for name, each in found.items()]
    return Result(f"all who wait at once, about as many places as peers; ended after {LIMIT} s", COLUMNS, rows, samples)


def _row(name: str, samples: list[Sample], best: float) -> list[str | float]:
    if not samples:
        return [name, f"> {LIMIT}", *["-"] * (len(COLUMNS) - 2)]
    middle = medians(samples)
    shares = f"{100 * middle['served'] / middle['peers']:.2f}", f"{100 * middle['score'] / best:.2f}"
    return [name, middle["s"], middle["cpu"], middle["mb"], *shares, middle["blocking"], middle["of candidates"]]


def _repeated(name: str, peers: int, specialists: int, repeats: int) -> list[Sample]:
    """Return the samples of one method; no samples if it took too long."""
    found: list[Sample] = []
    while len(found) < repeats and (not found or found[0]["s"] < LONG):
        command = [sys.executable, "-m", "bench.batch", name, str(peers), str(specialists)]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, timeout=LIMIT, check=True)
        except subprocess.TimeoutExpired:
            break
        found.append(json.loads(done.stdout))
    return found


def _measured(name: str, crowd: Crowd) -> Sample:
    meter = Meter(psutil.Process())
    start = time.perf_counter()
    given = METHODS[name](crowd)
    sample = {"s": time.perf_counter() - start, "cpu": meter.cpu(), "mb": meter.peak(), "peers": len(given)}
    edges = everybody(crowd)
    made = given[edges.row] == edges.col
    pairs = edges.row.astype(np.int64) * len(crowd.places) + edges.col
    looked_at = candidates(crowd)
    near = made | np.isin(pairs, looked_at.row.astype(np.int64) * len(crowd.places) + looked_at.col)
    some = Edges(edges.peers, edges.places, edges.row[near], edges.col[near], edges.score[near])
    return {
        **sample,
        "served": int(made.sum()),
        "score": float(edges.score[made].sum(dtype=np.float64)),
        "blocking": _blocking(crowd, edges, given),
        "of candidates": _blocking(crowd, some, given),
    }


def _blocking(crowd: Crowd, edges: Edges, given: Given) -> int:
    return report(edges, *sides(crowd.weights, edges), given, crowd.groups).blocking


if __name__ == "__main__":
    method, *size = sys.argv[1:]
    print(json.dumps(_measured(method, population(*map(int, size), SEED))))
