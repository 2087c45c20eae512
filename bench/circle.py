"""One space with 500 phones, in which one phone writes: deliveries per second, each of them checked."""

from bench.report import Result, Sample, medians
from bench.rivals import BESIDE, require_stored, rivals

PHONES, FLIGHT = 500, 16  # receiving phones, which belong to two people; messages in flight
WARMUP, SECONDS = 1.0, 5.0  # seconds
COLUMNS = (
    "500 phones in one space",
    "deliveries/s",
    "msg/s",
    "ack p50 ms",
    "seen p50 ms",
    "p99",
    "worker µs/delivery",
    "overtaken",
    "load CPU %",
)
CELLS = (
    "deliveries",
    "per_second",
    "ack_p50",
    "delivery_p50",
    "delivery_p99",
    "delivery_us",
    "overtaken",
    "load_percent",
)


def run(repeats: int) -> Result:
    """Measure all servers in turn, ``repeats`` times."""
    with rivals() as field:
        samples: dict[str, list[Sample]] = {name: [] for name in field.rivals}
        for _ in range(repeats):
            talks = field.conversations(1, PHONES)
            for name, found in samples.items():
                one = field.load(name, talks[name], flight=FLIGHT, warmup=WARMUP, seconds=SECONDS)
                found.append({**one, "delivery_us": one["worker_us"] / PHONES})
        require_stored(field.stage, sum(one["total"] for one in samples[BESIDE]))
    rows = [[name, *(medians(found)[cell] for cell in CELLS)] for name, found in samples.items()]
    return Result(f"one phone writes to {PHONES}, {FLIGHT} messages in flight", COLUMNS, rows, samples)
