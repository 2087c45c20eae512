"""An attack: ten connections that try to keep a worker busy in one way, and how long a phone waits meanwhile.

The attackers are let in as one account, with Beside's own limits, and run in a process of their own. One phone sends a
message 20 times a second, and others call for help now and then. Their waits are compared with an undisturbed time.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.client import Client, message, mutation, new_specialist, pairings, person, sentence
from bench.report import Result, Sample, medians, percentile
from bench.stage import ROOT, Stage, beside
from server.limits.settings import Limits

KINDS = (
    "empty fragments",
    "short fragments",
    "pings",
    "pongs",
    "no-ops",
    "events",
    "events elsewhere",
    "binary",
    "connects",
    "one long text",
)
ATTACKERS, SECONDS = 10, 5.0
EVERY = 0.05  # seconds between two messages of the phone
CALL_EVERY = 20  # messages between two calls for help
COLUMNS = ("ten attackers", "sent p50 ms", "p99", "p99 times undisturbed", "slowest call for help ms")
CELLS = ("p50", "p99", "times", "call")


def run(repeats: int) -> Result:
    """Measure a quiet time, and each kind of attack, ``repeats`` times."""
    limits = {f"LIMIT_{name.upper()}": str(getattr(Limits(), name)) for name in Limits.__slots__}
    samples: dict[str, list[Sample]] = {name: [] for name in ("none", *KINDS)}
    with beside(**limits | {"LIMIT_MUTATIONS_AT_ONCE": "0"}) as stage:
        for _ in range(repeats):
            quiet = _measured(stage)
            samples["none"].append({**quiet, "times": 1.0})
            for kind in KINDS:
                with _attacked(stage, kind):
                    found = _measured(stage)
                samples[kind].append({**found, "times": found["p99"] / quiet["p99"]})
    rows = [[name, *(medians(found)[cell] for cell in CELLS)] for name, found in samples.items()]
    return Result("what a phone waits while others attack", COLUMNS, rows, samples)


@contextmanager
def _attacked(stage: Stage, kind: str) -> Iterator[None]:
    token = person(stage.mongo, "peer")
    command = [sys.executable, "-m", "tests.live.attacker", f"http://{stage.server.address}"]
    arguments = [str(SECONDS + 2), token, kind, str(ATTACKERS)]
    with subprocess.Popen([*command, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        time.sleep(1)  # until all attackers are connected and sending
        yield
        process.terminate()


def _measured(stage: Stage) -> Sample:
    """Send messages for SECONDS; return what they and the calls for help took."""
    address = stage.server.address
    specialist = Client(address, new_specialist(stage))
    phone = Client(address, person(stage.mongo, "peer"))
    [space] = pairings(specialist, [phone])
    sent, calls, end = list[float](), list[float](), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        sent.append(_timed(phone, message(space, sentence())))
        if len(sent) % CALL_EVERY == 1:
            caller = Client(address, person(stage.mongo, "peer"))
            calls.append(_timed(caller, mutation("sos.raise", id="s1", words="Please.")))
            caller.close()
        time.sleep(EVERY)  # the pace of a person who writes: the wait of each message is measured, not a rate
    for client in (specialist, phone):
        client.close()
    return {"p50": percentile(sent, 50), "p99": percentile(sent, 99), "call": max(calls)}


def _timed(client: Client, asked: dict[str, object]) -> float:
    """Send one mutation; return the ms until it is stored."""
    began = time.perf_counter()
    if not client.call("mutate", asked)["ok"]:
        raise RuntimeError("A message was refused.")
    return (time.perf_counter() - began) * 1000
