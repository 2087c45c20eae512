"""How each sort of client catches up over HTTP: the requests that it makes, one after the other, until it has all.

A reader takes a phone and its *place*, which is where it stopped the last time, or None at first. It yields every
answer; the last answer that holds a place holds the next place.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson

from bench.client import API, Answer, Client
from schemas.protocol import LARGEST_PAGE, PAGE

HISTORY = 1000  # changes of one page of history
PLACES = ("cursor", "checkpoint", "timestamp")  # the place's name in answers to native phones, RxDB and WatermelonDB


class Reader(NamedTuple):
    """A sort of client."""

    name: str
    accepts: str  # its Accept-Encoding: that of a browser, of React Native on iOS, or on Android
    read: Callable[[Client, Any], Iterator[Answer]]
    partial: bool = False  # the client leaves old messages for later
    is_whole: bool = False  # the client gets everything in one answer


def pages(phone: Client, place: Any, limit: int = PAGE) -> Iterator[Answer]:
    """Pull until there are no more changes: all missed ones, or at first the newest 50 messages of each space."""
    more = True
    while more:
        answer = phone.ask("POST", f"{API}/pull", orjson.dumps({"cursor": place, "limit": limit}))
        yield answer
        place, more = answer.body["cursor"], answer.body["more"]


def large_pages(phone: Client, place: Any) -> Iterator[Answer]:
    """Pull as few pages as possible."""
    yield from pages(phone, place, LARGEST_PAGE)


def whole(phone: Client, place: Any) -> Iterator[Answer]:
    """Pull until there are no more changes, and then fetch all history, space by space."""
    older: dict[str, int] = {}
    for answer in pages(phone, place):
        older |= answer.body["history"]
        yield answer
    for space, before in older.items():
        query, more = {"before": before, "limit": HISTORY}, True
        while more:
            answer = phone.ask("GET", f"{API}/spaces/{space}/history?{urlencode(query)}")
            yield answer
            more = answer.body["more"]
            query["before"] = answer.body["changes"][-1]["first_seq"]


def rxdb(batch: int) -> Callable[[Client, Any], Iterator[Answer]]:
    """Return the reader that pulls a collection as RxDB does: until a page is not full."""

    def read(phone: Client, place: Any) -> Iterator[Answer]:
        full = True
        while full:
            body = orjson.dumps({"checkpoint": place, "batchSize": batch})
            answer = phone.ask("POST", f"{API}/adapters/rxdb/message/pull", body)
            yield answer
            place, full = answer.body["checkpoint"], len(answer.body["documents"]) == batch

    return read


def watermelondb(phone: Client, place: Any) -> Iterator[Answer]:
    """Pull as WatermelonDB does: everything in one answer."""
    query = urlencode({"last_pulled_at": "null" if place is None else place, "schema_version": 1, "migration": "null"})
    answer = phone.ask("GET", f"{API}/adapters/watermelondb/sync?{query}")
    if "experimentalStrategy" in answer.body:
        raise RuntimeError("WatermelonDB was told to start over.")
    yield answer


READERS = (
    Reader("native, to be usable", "gzip", pages, partial=True),
    Reader("native", "gzip", whole),
    Reader("RxDB, 100 a page", "zstd", rxdb(100)),
    Reader("RxDB, 1,000 a page", "zstd", rxdb(1000)),
    Reader("WatermelonDB on iOS", "gzip, deflate, br", watermelondb, is_whole=True),
    Reader("WatermelonDB on Android", "gzip", watermelondb, is_whole=True),
)


def place_after(body: Any) -> Any:
    """Return the place that an answer holds, or None: a page of history holds none."""
    return next((body[name] for name in PLACES if name in body), None)


def messages(body: Any) -> list[str]:
    """Return the ids of the messages in an answer."""
    if "documents" in body:
        return [document["id"] for document in body["documents"]]
    if isinstance(body["changes"], dict):
        return [row["id"] for row in body["changes"]["message"]["updated"]]
    return [change["id"] for change in body["changes"] if change["kind"] == "message"]
