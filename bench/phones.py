"""Idle phones on one worker: how fast they connect, the memory of each, and whether all of them stay connected.

Each phone belongs to another peer, who is in one conversation, and lacks no change. A phone counts as let in when the
server tells it so.
"""

import asyncio
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from bench import past
from bench.client import Client, account, message, new_specialist, pairings, phone
from bench.meter import Meter
from bench.report import Result, Sample, medians
from bench.stage import KEY, Server, Stage, beside, gunicorn
from bench.standing import Standing
from server.accounts.tokens import Tokens
from sync.record import private

PHONES, LARGE = 2_000, 10_000
AT_ONCE = 64  # phones that connect, or are asked, at the same time
INVITED = 200  # peers of one specialist
SETTLING = 2.0  # seconds between the last phone and measuring the memory
COLUMNS = ("idle phones", "connects/s", "connect CPU µs", "kB/phone", "alive", "worker MB", "all MB", "load CPU %")
CELLS = ("per_second", "connect_us", "kb", "alive", "worker_mb", "all_mb", "load_percent")


class Visitor(NamedTuple):
    """A phone that will connect, and the event that it will send to show that it is still connected."""

    token: str
    cursor: str | None
    event: str
    body: Any


def run(repeats: int) -> Result:
    """Measure with 2,000 phones."""
    return _run(repeats, PHONES)


def large(repeats: int) -> Result:
    """Measure with 10,000 phones: as many as a worker takes."""
    return _run(repeats, LARGE)


def _run(repeats: int, count: int) -> Result:
    """Let phones connect to a new worker of Beside, and to a new worker of the bare app, in turn."""
    unlimited()
    samples: dict[str, list[Sample]] = {"Beside": [], "bare, no database": []}
    with (
        tempfile.TemporaryDirectory() as directory,
        beside() as stage,
        gunicorn("bench.bare:app", Path(directory), MONGODB_URI="none") as bare,
    ):
        spaces, strangers = people(stage, count), [_stranger(number) for number in range(count)]
        database = [stage.database, stage.database.parent()]
        for _ in range(repeats):
            samples["Beside"].append(asyncio.run(_measured(stage.server, known(stage, spaces), database)))
            samples["bare, no database"].append(asyncio.run(_measured(bare, strangers, [])))
    rows = [[name, *(medians(found)[cell] for cell in CELLS)] for name, found in samples.items()]
    return Result(
        f"{count:,} idle phones on one worker, let in and caught up, {AT_ONCE} at a time", COLUMNS, rows, samples
    )


def unlimited() -> None:
    """Let this process, and the processes that it starts, have as many connections as the machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def people(stage: Stage, count: int) -> dict[str, str]:
    """Pair ``count`` peers with specialists; return {user: space}."""
    spaces: dict[str, str] = {}
    while len(spaces) < count:
        users = [account(stage.mongo, "peer") for _ in range(min(INVITED, count - len(spaces)))]
        peers = [Client(stage.server.address, phone(stage.mongo, user, "peer")) for user in users]
        specialist = Client(stage.server.address, new_specialist(stage))
        spaces |= zip(users, pairings(specialist, peers), strict=True)
        for client in (specialist, *peers):
            client.close()
    return spaces


def known(stage: Stage, people: dict[str, str]) -> list[Visitor]:
    """Return a new phone of each peer; it lacks no change, and its token is valid for ten minutes."""
    spaces = {user: (private(user), space) for user, space in people.items()}
    heads = past.heads(stage.mongo, [space for both in spaces.values() for space in both])
    cursors = {
        user: Tokens([KEY]).cursor(user, {space: heads[space] for space in both}) for user, both in spaces.items()
    }
    phones = {user: phone(stage.mongo, user, "peer") for user in people}
    return [Visitor(phones[user], cursor, "pull", {"cursor": cursor}) for user, cursor in cursors.items()]


def _stranger(number: int) -> Visitor:
    space = f"pair:{number:026}"
    return Visitor(space, None, "mutate", message(space, "Still here."))


async def _measured(server: Server, visitors: Sequence[Visitor], others: list[psutil.Process]) -> Sample:
    """Let phones connect, stay a while, show that they are still connected, and leave."""
    worker = server.renewed()
    await _warmed(server, visitors[:AT_ONCE])
    phones = [Standing(server.address, visitor.token, visitor.cursor) for visitor in visitors]
    meter, own, start = Meter(worker), time.process_time(), time.perf_counter()
    await by_turns(phones, Standing.connect)
    seconds, own, used = time.perf_counter() - start, time.process_time() - own, meter.cpu()
    await asyncio.sleep(SETTLING)
    grown, everybody = meter.grown(), [server.process, worker, *others]
    asked = dict(zip(phones, visitors, strict=True))
    alive = await by_turns(phones, lambda phone: phone.is_alive(asked[phone].event, asked[phone].body))
    for each in phones:
        each.leave()
    return {
        "per_second": len(phones) / seconds,
        "connect_us": used * 1e6 / len(phones),
        "kb": grown * 1024 / len(phones),
        "alive": sum(alive),
        "worker_mb": worker.memory_info().rss / 2**20,
        "all_mb": sum(process.memory_info().rss for process in everybody) / 2**20,
        "load_percent": own / seconds * 100,
    }


async def _warmed(server: Server, visitors: Sequence[Visitor]) -> None:
    """Let a worker serve some phones once, and wait until it has forgotten them."""
    phones = [Standing(server.address, visitor.token, visitor.cursor) for visitor in visitors]
    await by_turns(phones, Standing.connect)
    for each in phones:
        each.leave()
    await asyncio.sleep(SETTLING)


async def by_turns(phones: Sequence[Standing], ask: Callable[[Standing], Awaitable[Any]]) -> list[Any]:
    """Call ``ask`` for all phones, 64 at the same time; return the answers in the order of the phones."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(phone: Standing) -> Any:
        async with turn:
            return await ask(phone)

    return await asyncio.gather(*(one(phone) for phone in phones))
