"""The loads of `path`, `pipelined` and `latency`, made by npm's socket.io-client, which is what apps use."""

from bench.latency import RATE
from bench.path import CONVERSATIONS
from bench.report import Result, Sample, medians
from bench.rivals import BESIDE, NODE, REAL, require_stored, rivals

LOADS = {"1 in flight each": {"flight": 1}, "16 in flight each": {"flight": 16}, f"{RATE} msg/s": {"rate": RATE}}
WARMUP, SECONDS = 1.5, 6.0  # seconds
COLUMNS = (
    "50 conversations",
    "msg/s",
    "seen p50 ms",
    "p99",
    "ack p50 ms",
    "p99",
    "worker µs/msg",
    "database µs/msg",
    "load CPU %",
)
CELLS = (
    "per_second",
    "delivery_p50",
    "delivery_p99",
    "ack_p50",
    "ack_p99",
    "worker_us",
    "database_us",
    "load_percent",
)


def run(repeats: int) -> Result:
    """Measure Beside and Node in turn, ``repeats`` times, with each load."""
    samples: dict[str, list[Sample]] = {}
    with rivals() as field:
        for _ in range(repeats):
            talks = field.conversations(CONVERSATIONS)
            for how, plan in LOADS.items():
                for name in (BESIDE, NODE):
                    found = field.load(name, talks[name], generator=REAL, warmup=WARMUP, seconds=SECONDS, **plan)
                    samples.setdefault(f"{how}: {name}", []).append(found)
        ours = [one for name, found in samples.items() if name.endswith(BESIDE) for one in found]
        require_stored(field.stage, sum(one["total"] for one in ours))
    if any(one["overtaken"] for one in ours):
        raise RuntimeError("Messages of one phone overtook each other.")
    rows = [[name, *(medians(found).get(cell, "") for cell in CELLS)] for name, found in samples.items()]
    return Result("messages of npm's socket.io-client, stored and delivered", COLUMNS, rows, samples)
