"""Two hundred peers choose a specialist with five free places at once: exactly five get one. Times every answer."""

import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import uuid_utils

from bench.report import Result, Sample, medians, percentile
from bench.shortlist import CONFIG
from server.app import build
from server.commands.context import Caller
from server.embedded_database.client import Embedded
from server.store.accounts import AccountStore
from server.store.database import connect
from tests.sealed import stored

NOW = 1_795_352_768_209  # ms
ASKING, PLACES = 200, 5
WORKERS = (1, 8)
COLUMNS = ("workers", "pairings", "all answered s", "p50 ms", "p99 ms")


def run(repeats: int) -> Result:
    """Let two hundred peers choose a specialist with a standing yes at the same moment."""
    samples = {f"{workers}": [_sample(workers) for _ in range(repeats)] for workers in WORKERS}
    rows = [[name, *medians(found).values()] for name, found in samples.items()]
    return Result(f"{ASKING} accepts at once, {PLACES} places", COLUMNS, rows, samples)


def _sample(workers: int) -> Sample:
    with tempfile.TemporaryDirectory(prefix="beside-bench-") as directory:
        embedded = Embedded(Path(directory))
        try:
            mongo = connect(embedded.uri)
            crew = [build(CONFIG, mongo, lambda: NOW) for _ in range(workers)]
            lists = _prepared(crew[0], mongo)
            took: list[float] = []
            gate = threading.Barrier(len(lists) + 1)
            threads = [
                threading.Thread(target=_choose, args=(crew[number % workers], user, card, gate, took))
                for number, (user, card) in enumerate(lists.items())
            ]
            for thread in threads:
                thread.start()
            gate.wait()
            start = time.perf_counter()
            for thread in threads:
                thread.join()
            seconds = time.perf_counter() - start
            pairings = mongo.records.count_documents({"kind": "pairing"})
        finally:
            embedded.stop()
    if (pairings, len(took)) != (PLACES, ASKING):
        raise RuntimeError(f"{pairings} pairings for {PLACES} places, and {len(took)} answers for {ASKING}")
    return {"pairings": pairings, "s": seconds, "p50": percentile(took, 50), "p99": percentile(took, 99)}


def _prepared(parts: Any, mongo: Any) -> dict[str, str]:
    """Prepare everybody; return, for each peer, the id that the one specialist has on the peer's short list."""
    people = AccountStore(mongo)
    for user, role in (("sam", "specialist"), ("sue", "supervisor"), ("olga", "operator")):
        people.add(user, user, "unusable", role, NOW)
    sam, olga = Caller("sam", "phone", "specialist"), Caller("olga", "phone", "operator")
    _do(parts, sam, "profile.edit", languages={"en": 3})
    _do(parts, sam, "availability.set", zone="UTC", weekly=[[day, 0, 1440] for day in range(7)])
    _do(parts, sam, "practice.edit", places=PLACES, standing_yes=True)
    _do(parts, olga, "specialist.certify", specialist="sam", supervisor="sue", until=NOW + 10**9)
    for number in range(ASKING):
        peer = Caller(f"peer-{number}", "phone", "peer")
        _do(parts, peer, "request.open", id="r1", topics={"grief_loss": 3}, languages={"en": 3})
    parts.scheduler.run()
    rows = stored(mongo, {"kind": "shortlist"})
    return {row["author"]: row["data"]["people"][0]["id"] for row in rows}


def _choose(parts: Any, user: str, card: str, gate: threading.Barrier, took: list[float]) -> None:
    gate.wait()
    start = time.perf_counter()
    _do(parts, Caller(user, "phone", "peer"), "request.choose", id="r1", person=card)
    took.append(1000 * (time.perf_counter() - start))


def _do(parts: Any, caller: Caller, name: str, **args: Any) -> None:
    """Send a mutation; while the answer is `try_later`, send it again unchanged, as a phone does."""
    body = {"id": str(uuid_utils.uuid7()), "name": name, "args": args, "at": f"{NOW}-0"}
    while not (outcome := parts.backend.mutate(caller, body))["ok"]:
        if outcome["error"]["code"] != "try_later":
            raise RuntimeError(outcome["error"]["message"])
