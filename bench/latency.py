"""Latency under little load: 50 messages a second in all, each sent when it is due, in 50 conversations."""

from bench.report import Result, Sample, medians
from bench.rivals import BESIDE, require_stored, rivals

CONVERSATIONS, RATE = 50, 50  # messages a second in all
WARMUP, SECONDS = 2.0, 20.0  # seconds
COLUMNS = (
    "50 msg/s",
    "seen p50 ms",
    "p95",
    "p99",
    "ack p50 ms",
    "p95",
    "p99",
    "worker µs/msg",
    "database µs/msg",
    "sent late, p99 ms",
)
CELLS = (
    "delivery_p50",
    "delivery_p95",
    "delivery_p99",
    "ack_p50",
    "ack_p95",
    "ack_p99",
    "worker_us",
    "database_us",
    "late_p99",
)


def run(repeats: int) -> Result:
    """Measure all servers in turn, ``repeats`` times.

    Times start when a message is sent. The last column shows how late messages were sent.
    """
    with rivals() as field:
        samples: dict[str, list[Sample]] = {name: [] for name in field.rivals}
        for _ in range(repeats):
            talks = field.conversations(CONVERSATIONS)
            for name, found in samples.items():
                found.append(field.load(name, talks[name], rate=RATE, warmup=WARMUP, seconds=SECONDS))
        require_stored(field.stage, sum(one["total"] for one in samples[BESIDE]))
    rows = [[name, *(medians(found).get(cell, "") for cell in CELLS)] for name, found in samples.items()]
    return Result("from sending to seen by the other phone, at a fixed rate", COLUMNS, rows, samples)
