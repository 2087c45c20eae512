"""Catching up: a phone missed messages in 20 conversations; the time until all are received, unpacked and parsed.

Over the socket, the phone connects with its cursor, gets the first page, and pulls the other pages; over HTTP, it pulls
all pages. Bytes are those of the frames, or of the bodies, without headers, which are some hundred bytes per answer.
The comparisons are reading the same rows with the driver and writing them as JSON once, and Node, which gives the
documents of its own collection, with an index on their seq, in one acknowledgement.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import orjson

from bench import past
from bench.catching_up import Case, Person, least_seconds
from bench.client import Client
from bench.meter import Meter
from bench.readers import Reader, large_pages, messages
from bench.report import Result, Sample, medians
from bench.rivals import NODE, NODE_SERVER, require_packages
from bench.stage import Server, Stage, beside, started
from bench.wire import Wire
from schemas.protocol import LARGEST_PAGE

MISSED = (1_000, 10_000)
ZSTD = Reader("HTTP, zstd", "zstd", large_pages)
GZIP = Reader("HTTP, gzip", "gzip", large_pages)
SOCKET, LEAST = "socket", "pymongo + orjson"
COLUMNS = ("120 bytes each, 20 conversations", "ms", "to pymongo", "answers", "kB", "bytes/message", "worker CPU ms")
CELLS = ("ms", "ratio", "answers", "kb", "each", "cpu_ms")


class Caught(NamedTuple):
    """The messages that one phone got."""

    ids: list[str]  # of messages
    answers: int
    size: int  # bytes


class Servers(NamedTuple):
    """Beside, and Node on the same database."""

    stage: Stage
    node: Server


@contextmanager
def servers() -> Iterator[Servers]:
    """Run both; raises RuntimeError if the packages that Node needs are missing."""
    require_packages()
    with ExitStack() as stack:
        stage, directory = stack.enter_context(beside()), stack.enter_context(TemporaryDirectory())
        node = started(["node", NODE_SERVER], Path(directory), MONGODB_URI=stage.uri)
        yield Servers(stage, stack.enter_context(node))


def run(repeats: int) -> Result:
    """Let one phone catch up in each way, in turn, ``repeats`` times: it never confirms that it got anything."""
    samples: dict[str, list[Sample]] = {}
    with servers() as both:
        cases = [case(both.stage, count) for count in MISSED]
        for one in cases:
            past.write_for_node(both.stage.mongo, list(one.after), one.count)
        _repeat(both, cases[0])  # every worker is slow at first
        for _ in range(repeats):
            for one in cases:
                for name, sample in _repeat(both, one).items():
                    samples.setdefault(f"{one.name}: {name}", []).append(sample)
    rows = [[name, *(medians(found).get(cell, "") for cell in CELLS)] for name, found in samples.items()]
    return Result("a phone that comes back, until all it missed is unpacked and parsed", COLUMNS, rows, samples)


def case(stage: Stage, count: int) -> Case:
    """Write messages that a phone has, and then ``count`` messages that it misses."""
    person = Person(stage)
    person.is_written(MISSED[0])
    away = person.away(count, [ZSTD])
    person.is_written(count)
    return away


def by_http(stage: Stage, case: Case) -> Sample:
    """Let a phone catch up over HTTP with zstd; return {ms, cpu_ms}."""
    (token, cursor), meter = case.phones[ZSTD], Meter(stage.server.worker)
    meter.start()
    start = time.perf_counter()
    caught = _over_http(Client(stage.server.address, token, ZSTD.accepts), ZSTD, cursor)
    took, used = time.perf_counter() - start, meter.cpu()
    if len(set(caught.ids)) != case.count:
        raise RuntimeError(f"A phone got {len(set(caught.ids))} of {case.count} messages")
    return {"ms": took * 1000, "cpu_ms": used * 1000}


def _repeat(both: Servers, case: Case) -> dict[str, Sample]:
    """Return the sample of each way; raises RuntimeError unless every message came once."""
    (token, cursor), address = case.phones[ZSTD], both.stage.server.address
    seconds = least_seconds(both.stage.mongo, case)
    found: dict[str, Sample] = {LEAST: {"ms": seconds * 1000, "ratio": 1.0}}
    spaces = list(case.after)
    ways: dict[str, Any] = {SOCKET: lambda: asyncio.run(_over_socket(address, token, cursor))}
    ways |= {
        way.name: lambda way=way: _over_http(Client(address, token, way.accepts), way, cursor) for way in (GZIP, ZSTD)
    }
    ways[NODE] = lambda: asyncio.run(_from_node(both.node.address, spaces))
    for name, way in ways.items():
        meter = Meter((both.node if name == NODE else both.stage.server).worker)
        meter.start()
        start = time.perf_counter()
        caught = way()
        took, used = time.perf_counter() - start, meter.cpu()
        if len(caught.ids) != case.count or len(set(caught.ids)) != case.count:
            raise RuntimeError(
                f"{case.name}: {name} got {len(caught.ids)} messages, {len(set(caught.ids))} different ones"
            )
        found[name] = {"ms": took * 1000, "ratio": took / seconds, "answers": caught.answers, "cpu_ms": used * 1000}
        found[name] |= {"kb": caught.size / 1000, "each": caught.size / case.count}
    return found


def _over_http(phone: Client, way: Reader, cursor: str) -> Caught:
    answers = list(way.read(phone, cursor))
    phone.close()
    ids = [one for answer in answers for one in messages(answer.body)]
    return Caught(ids, len(answers), sum(answer.size for answer in answers))


async def _over_socket(address: str, token: str, cursor: str) -> Caught:
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    wire = Wire(address, token, heard.put_nowait, lambda why: heard.put_nowait(why.encode()), cursor)
    await wire.open()
    event, page = orjson.loads((await _next(heard))[2:])
    if event != "page":
        raise RuntimeError(f"A phone that came back was told {event}")
    ids, answers = messages(page), 1
    while page["more"]:
        asked = orjson.dumps(["pull", {"cursor": page["cursor"], "limit": LARGEST_PAGE}])
        wire.send(b"42%d" % answers + asked)
        head, _, body = (await _next(heard)).partition(b"[")
        if head != b"43%d" % answers:
            raise RuntimeError(f"Not the answer to the pull: {head!r}{body[:200]!r}")
        page, answers = orjson.loads(body[:-1]), answers + 1
        ids += messages(page)
    wire.close()
    return Caught(ids, answers, wire.size)


async def _from_node(address: str, spaces: list[str]) -> Caught:
    """Ask Node for the messages that the phone lacks; the phone has the first ``past.HAD``."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    wire = Wire(address, spaces[0], heard.put_nowait, lambda why: heard.put_nowait(why.encode()))
    await wire.open()
    wire.send(b"420" + orjson.dumps(["missed", {"spaces": spaces, "after": past.HAD}]))
    (rows,) = orjson.loads((await _next(heard))[3:])
    wire.close()
    return Caught([row["id"] for row in rows], 1, wire.size)


async def _next(heard: asyncio.Queue[bytes]) -> bytes:
    """Return the next event or acknowledgement; raises RuntimeError for a failure."""
    packet = await asyncio.wait_for(heard.get(), 30)
    if packet[:2] not in {b"42", b"43"}:
        raise RuntimeError(packet.decode())
    return packet
