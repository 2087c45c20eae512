"""Notifications: from sending a message to the request that reaches the push service of the other person's browser.

The push service is a fake in this process. It accepts every request over TLS and decrypts no push. The worker's CPU
time for a push includes TLS, on keep-alive connections.
"""

import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.client import Client, message, new_specialist, pairings, person, sentence
from bench.meter import Meter
from bench.report import Result, Sample, medians, percentile
from bench.stage import Stage, beside
from tests.push.certificates import Authority
from tests.push.fakes import Fake

PEOPLE, PAIRED_BY_ONE = 1_000, 100  # devices, each of another user; pairings of one specialist
RATE, SECONDS = 50, 20.0  # messages a second, each to another user
PATIENCE = 120.0  # seconds for all pushes to arrive
COLUMNS = ("pushes", "devices", "p50 ms", "p99 ms", "last ms", "worker µs/push", "database µs/push")
CELLS = ("p50", "p99", "last", "worker_us", "database_us")


class Browsers(Fake):
    """A push service that accepts every push, and keeps the time of the first push for each device."""

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self.first: dict[str, float] = {}

    def accept(self, path: str, _headers: dict[str, str], _body: bytes) -> tuple[int, dict[str, str], bytes]:
        self.first.setdefault(path[1:], time.perf_counter())
        return 201, {}, b""

    def told(self, most: int) -> bool:
        """Wait until so many devices have been told; return False if that takes too long."""
        end = time.perf_counter() + PATIENCE
        while len(self.first) < most and time.perf_counter() < end:
            time.sleep(0.01)  # another thread takes the notifications, and waking this one would cost it CPU
        return len(self.first) >= most


class Away:
    """People who are away, each with one device that can be rung, and the specialists who write to them."""

    def __init__(self, stage: Stage, browsers: Browsers) -> None:
        self._stage, self.browsers = stage, browsers
        self.places: list[tuple[str, str, str]] = []  # the writer's token, the space, the device's name
        self._writers: dict[str, Client] = {}
        keys = ec.generate_private_key(ec.SECP256R1()).public_key()
        self._p256dh = _b64(keys.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        for start in range(0, PEOPLE, PAIRED_BY_ONE):
            self._meet(range(start, min(start + PAIRED_BY_ONE, PEOPLE)))

    def _meet(self, numbers: range) -> None:
        address = self._stage.server.address
        token = new_specialist(self._stage)
        specialist = Client(address, token)
        peers = [Client(address, person(self._stage.mongo, "peer")) for _ in numbers]
        spaces = pairings(specialist, peers)
        for number, peer, space in zip(numbers, peers, spaces, strict=True):
            endpoint = f"https://localhost:{self.browsers.port}/{number}"
            subscription = {"endpoint": endpoint, "p256dh": self._p256dh, "auth": _b64(bytes(16))}
            peer.call("push-token", {"platform": "webpush", "subscription": subscription})
            peer.close()
            self.places.append((token, space, str(number)))
        specialist.close()

    def connect(self) -> None:
        """Open new connections for all writers: the server closes connections that are not used."""
        self._writers = {token: Client(self._stage.server.address, token) for token, _, _ in self.places}

    def write(self, number: int) -> float:
        """Send a message to the person with a number; return the time at which sending began."""
        token, space, _ = self.places[number]
        outbox = message(space, sentence())
        began = time.perf_counter()
        if not self._writers[token].call("mutate", outbox)["ok"]:
            raise RuntimeError("A message was refused.")
        return began

    def rung(self, began: dict[str, float]) -> list[float]:
        """Wait until all devices were told, and return the ms that each of them took."""
        if not self.browsers.told(len(began)):
            raise RuntimeError(f"only {len(self.browsers.first)} of {len(began)} devices were told")
        return [(self.browsers.first[name] - at) * 1000 for name, at in began.items()]


def run(repeats: int) -> Result:
    """Measure a steady rate, and a burst in which one message is sent to each device at once."""
    samples: dict[str, list[Sample]] = {f"{RATE} a second": [], "a burst": []}
    with _away() as (stage, away):
        for _ in range(repeats):
            samples[f"{RATE} a second"].append(_measured(stage, away, round(RATE * SECONDS), 1 / RATE))
            samples["a burst"].append(_measured(stage, away, PEOPLE, 0.0))
    rows = [[name, str(PEOPLE), *(medians(found)[cell] for cell in CELLS)] for name, found in samples.items()]
    return Result("from sending a message to the request at the push service", COLUMNS, rows, samples)


def _measured(stage: Stage, away: Away, messages: int, pause: float) -> Sample:
    """Send each message to another person, one every ``pause`` seconds; return times and CPU of the pushes."""
    away.browsers.first.clear()
    away.connect()
    worker, database = Meter(stage.server.worker), Meter(stage.database)
    began: dict[str, float] = {}
    start = time.perf_counter()
    for number in range(min(messages, PEOPLE)):
        time.sleep(max(0.0, start + number * pause - time.perf_counter()))  # the pace of the messages
        began[away.places[number][2]] = away.write(number)
    took = away.rung(began)
    pushes = len(took)
    return {
        "p50": percentile(took, 50),
        "p99": percentile(took, 99),
        "last": max(took),
        "worker_us": worker.cpu() * 1e6 / pushes,
        "database_us": database.cpu() * 1e6 / pushes,
    }


@contextmanager
def _away() -> Iterator[tuple[Stage, Away]]:
    with tempfile.TemporaryDirectory(prefix="beside-bench-") as directory:
        authority = Authority(Path(directory))
        browsers = Browsers(authority.context("localhost"))
        settings = {"SSL_CERT_FILE": str(authority.path), "PUSH_PRIVATE_HOSTS": f"localhost:{browsers.port}"}
        try:
            with beside(**settings) as stage:
                yield stage, Away(stage, browsers)
        finally:
            browsers.stop()


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
