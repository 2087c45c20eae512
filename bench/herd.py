"""The herd: 200 phones come back at once, each with 50 messages to send and 200 that it has missed.

Each phone connects and sends one `sync` over HTTP. The comparison is with 20 phones that come back one by one; their
seconds are scaled to 200 phones. `bench.bare` stores nothing, so no phone can come back to it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from bench import past
from bench.client import Client, new_specialist
from bench.meter import Meter, cpu
from bench.report import Result, Sample, medians, percentile
from bench.returning import Returning
from bench.stage import Stage, beside

HERD, ALONE = 200, 20  # phones
QUEUED, MISSED = 50, 200  # messages of each phone
COLUMNS = (
    "50 queued, 200 missed",
    "s for 200",
    "to alone",
    "p50 ms",
    "p99 ms",
    "mutations/s",
    "worker ms/phone",
    "database ms/phone",
    "peak MB",
    "load CPU %",
)
CELLS = ("seconds", "ratio", "p50", "p99", "per_second", "worker_ms", "database_ms", "peak_mb", "load_percent")

Phones = Sequence[Returning]
Way = Callable[[Phones, str], Awaitable[list[float]]]  # takes phones and the address, returns each phone's ms


def run(repeats: int) -> Result:
    """Let some phones come back one by one, and then the others all at once, ``repeats`` times."""
    samples: dict[str, list[Sample]] = {"one phone alone": [], "200 phones at once": []}
    with beside() as stage:
        specialist = Client(stage.server.address, new_specialist(stage))
        phones = [Returning(stage, specialist) for _ in range(ALONE + HERD)]
        specialist.close()
        for _ in range(repeats):
            alone, herd = _back(stage, phones[:ALONE], _one_by_one), _back(stage, phones[ALONE:], _at_once)
            samples["one phone alone"].append({**alone, "ratio": 1.0})
            samples["200 phones at once"].append({**herd, "ratio": herd["seconds"] / alone["seconds"]})
        _require_stored(stage, phones)
    rows = [[name, *(medians(found)[cell] for cell in CELLS)] for name, found in samples.items()]
    return Result("phones that come back, by one sync over HTTP", COLUMNS, rows, samples)


def _back(stage: Stage, phones: Phones, way: Way) -> Sample:
    """Let phones be away, and come back to a new worker that remembers nothing; check the answer to each phone."""
    missed = past.write(stage.mongo, [phone.space for phone in phones], MISSED)
    for phone in phones:
        phone.leave(QUEUED, missed[phone.space])
    meter, database, own = Meter(stage.server.renewed()), cpu(stage.database), time.process_time()
    start = time.perf_counter()
    times = asyncio.run(_timed(way, phones, stage.server.address))
    seconds, own = time.perf_counter() - start, time.process_time() - own
    worker, database, peak = meter.cpu(), cpu(stage.database) - database, meter.peak()
    for phone in phones:
        phone.require_right()
    return {
        "seconds": seconds * HERD / len(phones),
        "p50": percentile(times, 50),
        "p99": percentile(times, 99),
        "per_second": len(phones) * QUEUED / seconds,
        "worker_ms": worker * 1000 / len(phones),
        "database_ms": database * 1000 / len(phones),
        "peak_mb": peak,
        "load_percent": own / seconds * 100,
    }


async def _timed(way: Way, phones: Phones, address: str) -> list[float]:
    return await asyncio.wait_for(way(phones, address), 60)


async def _one_by_one(phones: Phones, address: str) -> list[float]:
    return [await phone.sync(address) for phone in phones]


async def _at_once(phones: Phones, address: str) -> list[float]:
    return await asyncio.gather(*(phone.sync(address) for phone in phones))


def _require_stored(stage: Stage, phones: Phones) -> None:
    """Raise RuntimeError unless the database holds exactly the messages that the phones have."""
    stored = sorted(row["id"] for row in stage.mongo.records.find({"kind": "message"}, {"id": 1}))
    if stored != sorted(message for phone in phones for message in phone.has):
        raise RuntimeError("The database does not hold what the phones have.")
