"""The whole path: messages per second that are stored durably and delivered, compared with servers that do less.

`path` has one message in flight in each of 50 conversations, `pipelined` has sixteen.
"""

from bench.report import Result, Sample, medians
from bench.rivals import BARE, BESIDE, require_stored, rivals

CONVERSATIONS = 50
WARMUP, SECONDS = 1.0, 5.0  # seconds
COLUMNS = (
    "50 conversations",
    "msg/s",
    "of bare",
    "ack p50 ms",
    "p99",
    "seen p50 ms",
    "p99",
    "worker µs/msg",
    "database µs/msg",
    "overtaken",
    "load CPU %",
)
CELLS = (
    "per_second",
    "ratio",
    "ack_p50",
    "ack_p99",
    "delivery_p50",
    "delivery_p99",
    "worker_us",
    "database_us",
    "overtaken",
    "load_percent",
)


def run(repeats: int) -> Result:
    """Measure with one message in flight in each conversation."""
    return _run(repeats, 1)


def pipelined(repeats: int) -> Result:
    """Measure with sixteen messages in flight in each conversation."""
    return _run(repeats, 16)


def _run(repeats: int, flight: int) -> Result:
    """Measure all servers in turn, ``repeats`` times, so that other load on the machine affects all of them."""
    with rivals() as field:
        samples: dict[str, list[Sample]] = {name: [] for name in field.rivals}
        for _ in range(repeats):
            talks = field.conversations(CONVERSATIONS)
            found = {
                name: field.load(name, talks[name], flight=flight, warmup=WARMUP, seconds=SECONDS) for name in talks
            }
            for name, one in found.items():
                samples[name].append({**one, "ratio": one["per_second"] / found[BARE]["per_second"]})
        require_stored(field.stage, sum(one["total"] for one in samples[BESIDE]))
    if any(one["overtaken"] for one in samples[BESIDE]):
        raise RuntimeError("Messages of one phone overtook each other.")
    rows = [[name, *(medians(found).get(cell, "") for cell in CELLS)] for name, found in samples.items()]
    return Result(
        f"messages stored and delivered through the whole stack, {flight} in flight each", COLUMNS, rows, samples
    )
