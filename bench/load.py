"""The load, in a process of its own: `python -m bench.load` reads a plan from its input and prints a tally, in JSON.

A plan has either ``flight``, the number of messages that each conversation always has in flight, each followed by the
next one; or ``rate``, messages a second in all, each sent when it is due, even if earlier ones are not acknowledged.
``most`` is the largest percentage of the phones that one worker may have.
"""

import asyncio
import gc
import random
import sys
import time

import orjson
import psutil
import uuid_utils

from bench.meter import cpu
from bench.report import percentile
from bench.talk import Conversation, Plan, Tally

AT_ONCE, TRIES = 4, 20  # phones that connect at the same time; attempts to spread the phones over the workers
GONE = 2.0  # seconds until a worker has forgotten the phones that left
SETTLING = 0.5  # seconds between the last phone and the first message: workers subscribe to each other meanwhile
PATIENCE = 20  # seconds for what is in flight to arrive


async def run(plan: Plan) -> dict[str, float]:
    """Connect all phones and send messages; return the counts of the time after the warm-up."""
    tally = Tally()
    conversations, busiest = await _met(plan, tally)
    await tally.wait(SETTLING)
    writing = asyncio.create_task((_paced if "rate" in plan else _crowded)(conversations, plan, tally))
    await tally.wait(plan["warmup"])
    counted = await _counted(tally, plan)
    tally.over = True
    late = await writing
    await _landed(conversations, tally)
    _part(conversations)
    sums = {"total": tally.total, "overtaken": tally.overtaken, "busiest_percent": busiest, "late_p99": late}
    return {**counted, **sums}


async def _met(plan: Plan, tally: Tally) -> tuple[list[Conversation], float]:
    """Connect all phones, and connect them again until no worker has too many of them.

    Return the conversations, and the percentage of the phones on the busiest worker. Phones connect a few at a time and
    in random order: a worker accepts many phones that come at once, so it would accept both phones of a conversation.
    Raises RuntimeError if the phones are not spread after 20 attempts.
    """
    for _ in range(TRIES):
        conversations = [Conversation(plan["address"], one, tally) for one in plan["conversations"]]
        wires = [wire for conversation in conversations for wire in conversation.wires]
        random.shuffle(wires)
        before = _handles(plan)
        for start in range(0, len(wires), AT_ONCE):
            await asyncio.gather(*(wire.open() for wire in wires[start : start + AT_ONCE]))
        taken = [after - once for once, after in zip(before, _handles(plan), strict=True)]
        busiest = 100 * max(taken) / sum(taken)
        if busiest <= plan["most"]:
            return conversations, busiest
        _part(conversations)
        await tally.wait(GONE)
    raise RuntimeError(f"Phones always come to the same worker, {busiest:.0f} % of them")


def _part(conversations: list[Conversation]) -> None:
    for conversation in conversations:
        for wire in conversation.wires:
            wire.close()


async def _crowded(conversations: list[Conversation], plan: Plan, _: Tally) -> float:
    """Send the first messages; each message that is over is followed by another one."""
    for conversation in conversations:
        for _ in range(plan["flight"]):
            conversation.send()
    return 0.0


async def _paced(conversations: list[Conversation], plan: Plan, tally: Tally) -> float:
    """Send messages when they are due, from the conversations in turn; return the lateness, p99 in ms."""
    lateness: list[float] = []
    start = time.perf_counter()
    for conversation in conversations:
        conversation.eager = False
    while not tally.over:
        due = start + len(lateness) / plan["rate"]
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        conversations[len(lateness) % len(conversations)].send()
        lateness.append((time.perf_counter() - due) * 1000)
    return percentile(lateness, 99)


async def _landed(conversations: list[Conversation], tally: Tally) -> None:
    """Wait for all acknowledgements and frames in flight; raises RuntimeError if some do not come in 20 seconds."""
    deadline = time.perf_counter() + PATIENCE
    while missing := [each for conversation in conversations for each in conversation.missing()]:
        await tally.wait(0.01)
        if time.perf_counter() > deadline:
            raise RuntimeError(f"{len(missing)} acknowledgements and frames did not come, as {missing[0]}")


async def _counted(tally: Tally, plan: Plan) -> dict[str, float]:
    """Count for the plan's ``seconds``; return the counts, and the CPU time of the server's and of this process."""
    servers = {name: [psutil.Process(pid) for pid in pids] for name, pids in plan["processes"].items()}
    before, start, own = _used(servers), time.perf_counter(), time.process_time()
    tally.open = True
    await tally.wait(plan["seconds"])
    tally.open = False
    seconds, own, after = time.perf_counter() - start, time.process_time() - own, _used(servers)
    costs = {f"{name}_us": (after[name] - before[name]) * 1e6 / tally.messages for name in servers}
    return {
        "per_second": tally.messages / seconds,
        "deliveries": len(tally.deliveries) / seconds,
        "ack_p50": percentile(tally.acks, 50),
        "ack_p95": percentile(tally.acks, 95),
        "ack_p99": percentile(tally.acks, 99),
        "delivery_p50": percentile(tally.deliveries, 50),
        "delivery_p95": percentile(tally.deliveries, 95),
        "delivery_p99": percentile(tally.deliveries, 99),
        **costs,
        "load_percent": own / seconds * 100,
    }


def _handles(plan: Plan) -> list[int]:
    """Return how many files and connections each worker has open."""
    return [psutil.Process(pid).num_fds() for pid in plan["processes"]["worker"]]


def _used(servers: dict[str, list[psutil.Process]]) -> dict[str, float]:
    """Return the seconds of CPU time of processes, by name."""
    return {name: sum(map(cpu, processes)) for name, processes in servers.items()}


if __name__ == "__main__":
    uuid_utils.uuid7()
    gc.disable()
    print(orjson.dumps(asyncio.run(run(orjson.loads(sys.stdin.buffer.read())))).decode())
