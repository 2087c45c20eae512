"""The first sync of an account with history: the time until the app can be used, and until all history is there.

An app can be used when it has the list of conversations and the last page of each: 50 messages. A pull without a cursor
brings these. The rest is history, which the phone asks for space by space on the same connection. The phone asks for
the largest pages that the server gives.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import orjson

from bench.client import API, Client, done, message, new_specialist, pairings, person, sentence
from bench.report import Result, Sample, medians
from bench.stage import Stage, beside
from schemas.protocol import LARGEST_PAGE
from server.store.database import Mongo
from tests.sealed import stored

SPACES, MESSAGES = 20, 500  # conversations, and messages in each
COLUMNS = ("10,000 messages, 20 spaces", "first page ms", "usable ms", "all ms", "to pymongo", "usable kB", "all kB")
CELLS = ("first", "usable", "all", "ratio", "usable_kb", "all_kb")


def run(repeats: int) -> Result:
    """Measure the sync in each encoding, and the bare reading of the same rows, in turn."""
    names = ("identity", "gzip", "zstd")
    samples: dict[str, list[Sample]] = {name: [] for name in (*names, "pymongo + orjson")}
    with beside() as stage:
        token, spaces = _past(stage)
        _synced(Client(stage.server.address, token, names[-1]))  # every worker is slow at first
        for _ in range(repeats):
            least = _read(stage.mongo, spaces)
            samples["pymongo + orjson"].append(least)
            for name in names:
                found = _synced(Client(stage.server.address, token, name))
                samples[name].append({**found, "ratio": found["all"] / least["all"]})
    rows = [[name, *(medians(found).get(cell, "") for cell in CELLS)] for name, found in samples.items()]
    return Result("first sync over HTTP, unpacked and parsed, by encoding", COLUMNS, rows, samples)


def _past(stage: Stage) -> tuple[str, list[str]]:
    """Let peers write messages; return the token of their specialist, who has synced none of them, and the spaces."""
    address, token = stage.server.address, new_specialist(stage)
    specialist, peers = Client(address, token), [Client(address, person(stage.mongo, "peer")) for _ in range(SPACES)]
    spaces = pairings(specialist, peers)

    def write(writer: Client, space: str) -> None:
        done(writer, [message(space, sentence()) for _ in range(MESSAGES)])
        writer.close()

    with ThreadPoolExecutor(SPACES) as pool:
        list(pool.map(write, peers, spaces))
    specialist.close()
    return token, spaces


def _synced(phone: Client) -> Sample:
    """Return the ms from the first request until the first page, all pages, and all history are there; and the kB."""
    start = time.perf_counter()
    marks: list[float] = []
    size, messages, cursor, older, more = 0, 0, None, {}, True
    while more:
        answer = phone.ask("POST", f"{API}/pull", orjson.dumps({"cursor": cursor, "limit": LARGEST_PAGE}))
        cursor, more, size = answer.body["cursor"], answer.body["more"], size + answer.size
        older |= answer.body["history"]
        messages += sum(change["kind"] == "message" for change in answer.body["changes"])
        marks.append((time.perf_counter() - start) * 1000)
    usable = size
    for space, before in older.items():
        answer = phone.ask("GET", f"{API}/spaces/{space}/history?before={before}&limit={LARGEST_PAGE}")
        messages, size = messages + len(answer.body["changes"]), size + answer.size
    whole = (time.perf_counter() - start) * 1000
    phone.close()
    if messages != SPACES * MESSAGES:
        raise RuntimeError(f"{messages} messages arrived")
    sizes = {"usable_kb": usable / 1000, "all_kb": size / 1000}
    return {"first": marks[0], "usable": marks[-1], "all": whole, "pages": len(marks), **sizes}


def _read(mongo: Mongo, spaces: list[str]) -> Sample:
    """Return the ms of reading the same rows, opening them and writing them as JSON once; and the kB of that JSON."""
    start = time.perf_counter()
    body = orjson.dumps(stored(mongo, {"space": {"$in": spaces}}))
    return {"all": (time.perf_counter() - start) * 1000, "ratio": 1.0, "all_kb": len(body) / 1000}
