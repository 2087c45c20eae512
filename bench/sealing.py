"""What sealing costs: two servers are measured in turn, one of which stores everything in the clear.

Messages are stored and delivered as in `path`; a phone catches up as in `catchup`. The messages that it catches up on
are written straight into the database, sealed or in the clear as its server would have stored them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from bench import catchup, past
from bench.report import Result, Sample, medians
from bench.rivals import Conversation, conversation, loaded
from bench.stage import Stage, beside

SEALED, CLEAR = "sealed", "in the clear"
CONVERSATIONS = 50
MISSED = 10_000  # messages
COLUMNS = (
    "50 conversations; 10,000 missed", "msg/s", "ack p50 ms", "worker µs/msg", "database µs/msg", "both, ratio",
    "catch-up CPU ms", "ratio", "catch-up ms", "ratio",
)  # fmt: skip
CELLS = (
    "per_second", "ack_p50", "worker_us", "database_us", "message_ratio", "catch_cpu", "catch_cpu_ratio", "catch_ms",
    "catch_ms_ratio",
)  # fmt: skip


def run(repeats: int) -> Result:
    """Measure both servers in turn, ``repeats`` times; ratios are to the one in the clear, of the same repeat."""
    samples: dict[str, list[Sample]] = {SEALED: [], CLEAR: []}
    with _both() as stages:
        talks = {name: [conversation(stage) for _ in range(CONVERSATIONS)] for name, stage in stages.items()}
        cases = {name: _case(stage, name) for name, stage in stages.items()}
        for repeat in range(repeats):
            turn = sorted(stages, reverse=repeat % 2 == 0)  # neither of them is always the first
            found = {name: _sample(stages[name], talks[name], cases[name]) for name in turn}
            for name, one in found.items():
                samples[name].append(one | _ratios(one, found[CLEAR]))
    rows = [[name, *(medians(found)[cell] for cell in CELLS)] for name, found in samples.items()]
    return Result("sealing at rest (target: 1.03 for a message, 1.2 for catching up)", COLUMNS, rows, samples)


@contextmanager
def _both() -> Iterator[dict[str, Stage]]:
    with beside() as sealed, beside("bench.clear:app()") as clear:
        yield {SEALED: sealed, CLEAR: clear}


def _case(stage: Stage, name: str) -> catchup.Case:
    with past.stored_as(name == SEALED):
        return catchup.case(stage, MISSED)


def _sample(stage: Stage, talks: list[Conversation], case: catchup.Case) -> Sample:
    processes = {"worker": stage.server.workers, "database": [stage.database]}
    load = loaded(stage.server.address, talks, processes, most=100, flight=1, warmup=1.0, seconds=5.0)
    caught = catchup.by_http(stage, case)
    return {**load, "catch_ms": caught["ms"], "catch_cpu": caught["cpu_ms"]}


def _ratios(one: Sample, clear: Sample) -> Sample:
    return {
        "message_ratio": (one["worker_us"] + one["database_us"]) / (clear["worker_us"] + clear["database_us"]),
        "catch_cpu_ratio": one["catch_cpu"] / clear["catch_cpu"],
        "catch_ms_ratio": one["catch_ms"] / clear["catch_ms"],
    }
