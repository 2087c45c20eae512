"""Catching up and first syncs of each sort of client: native, RxDB and WatermelonDB.

Times are over HTTP, until all answers are unpacked and parsed. They are compared with reading the same rows with the
driver and writing them as JSON once. Each client meets a worker that has just started. The peak is the worker's largest
memory above its memory at that start. It includes memory that the worker has kept from the smaller cases. The size of
the largest single answer, as JSON, stands next to the peak.
"""

import time
from collections.abc import Iterable, Iterator

from bench.catching_up import SPACES, Case, Person, least_seconds
from bench.client import Client
from bench.meter import Meter
from bench.readers import READERS, Reader, messages, pages
from bench.report import Result, Sample, medians
from bench.stage import Stage, beside
from server.store.reader import FIRST_SYNC

LEAST = "pymongo + orjson"
COLUMNS = ("20 spaces", "s", "to pymongo", "answers", "wire kB", "JSON kB", "largest kB", "CPU s", "peak MB")
CELLS = ("seconds", "ratio", "answers", "wire_kb", "json_kb", "largest_kb", "cpu", "peak_mb")


def run(repeats: int) -> Result:
    """Measure with up to 10,000 messages; with 50,000, measure only the clients that get them in one answer."""
    return _run(repeats, [reader for reader in READERS if reader.is_whole])


def large(repeats: int) -> Result:
    """Measure all clients with 50,000 messages, too."""
    return _run(repeats, READERS)


def _run(repeats: int, patient: Iterable[Reader]) -> Result:
    """Measure all clients in turn, ``repeats`` times; each time they have the same messages to catch up on."""
    with beside() as stage:
        cases = _cases(stage, patient)
        found = [sample for _ in range(repeats) for sample in _repeat(stage, cases)]
    names = [f"{case.name}: {name}" for case in cases for name in (*(reader.name for reader in case.phones), LEAST)]
    samples = {name: [sample for of, sample in found if of == name] for name in names}
    rows = [[name, *(medians(some).get(cell, "") for cell in CELLS)] for name, some in samples.items()]
    return Result("catching up over HTTP, unpacked and parsed, by sort of client", COLUMNS, rows, samples)


def _cases(stage: Stage, patient: Iterable[Reader]) -> list[Case]:
    """Write the messages; return the cases, those with fewer messages first."""
    returning, new, old = Person(stage), Person(stage), Person(stage)
    returning.is_written(SPACES)
    long = returning.away(10_000, READERS)
    returning.is_written(9_000)
    short = returning.away(1_000, READERS)
    returning.is_written(1_000)
    new.is_written(10_000)
    old.is_written(50_000)
    return [short, long, new.new(10_000, READERS), old.new(50_000, patient)]


def _repeat(stage: Stage, cases: list[Case]) -> Iterator[tuple[str, Sample]]:
    """Yield the name and the sample of each row."""
    least = {case.name: least_seconds(stage.mongo, case) for case in cases}
    for name, seconds in least.items():
        yield f"{name}: {LEAST}", {"seconds": seconds, "ratio": 1.0}
    for reader in READERS:
        meter = Meter(stage.server.renewed())
        _warm(stage, cases[0].phones[READERS[-1]][0])
        for case in (case for case in cases if reader in case.phones):
            sample = _caught_up(stage, reader, case, meter)
            ratio = {} if reader.partial else {"ratio": sample["seconds"] / least[case.name]}
            yield f"{case.name}: {reader.name}", sample | ratio


def _warm(stage: Stage, token: str) -> None:
    """Send a worker one request: every worker is slow at first."""
    client = Client(stage.server.address, token)
    next(pages(client, None))
    client.close()


def _caught_up(stage: Stage, reader: Reader, case: Case, meter: Meter) -> Sample:
    """Let a client catch up; raises RuntimeError unless it got every message once."""
    token, place = case.phones[reader]
    client = Client(stage.server.address, token, reader.accepts)
    ids: list[str] = []
    sizes: list[tuple[int, int]] = []
    meter.start()
    start = time.perf_counter()
    for answer in reader.read(client, place):
        ids += messages(answer.body)
        sizes.append((answer.size, answer.unpacked))
    seconds, cpu, peak = time.perf_counter() - start, meter.cpu(), meter.peak()
    client.close()
    expected = min(case.count, SPACES * FIRST_SYNC) if reader.partial else case.count
    if len(ids) != expected or len(set(ids)) != expected:
        raise RuntimeError(f"{case.name}: {reader.name} got {len(ids)} messages, {len(set(ids))} different ones")
    wire, unpacked = (sum(some) / 1000 for some in zip(*sizes, strict=True))
    largest = max(size for _, size in sizes) / 1000
    sample = {"seconds": seconds, "answers": len(sizes), "wire_kb": wire, "json_kb": unpacked, "largest_kb": largest}
    return {**sample, "cpu": cpu, "peak_mb": peak}
