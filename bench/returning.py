"""A phone that was away: it has messages to send, and has missed others. It knows exactly which answer is right."""

import asyncio
import time

import orjson

from bench.client import API, UNPACK, Client, message, pairings, person, sentence
from bench.stage import Stage


class Returning:
    """One person's phone, in one conversation, with the messages that it has by now."""

    def __init__(self, stage: Stage, specialist: Client) -> None:
        self._token = person(stage.mongo, "peer")
        client = Client(stage.server.address, self._token)
        (self.space,) = pairings(specialist, [client])
        page = client.call("pull", {"cursor": None})
        client.close()
        self._cursor, self._seq = page["cursor"], page["positions"][self.space]
        self.has: list[str] = []

    def leave(self, queued: int, missed: list[str]) -> None:
        """Be away: write messages that have to wait, and miss others."""
        self._outbox, self._missed = [message(self.space, sentence()) for _ in range(queued)], missed
        body = orjson.dumps({"mutations": self._outbox, "cursor": self._cursor})
        head = (
            f"POST {API}/sync HTTP/1.1\r\nHost: beside\r\nAuthorization: Bearer {self._token}\r\n"
            f"Accept-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._request = head.encode() + body

    async def sync(self, address: str) -> float:
        """Connect, send the request, and receive the whole answer without parsing it; return the ms of all that."""
        start = time.perf_counter()
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(self._request)
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().splitlines()
        headers = dict(line.split(": ", 1) for line in lines if line)
        raw = await reader.readexactly(int(headers["content-length"]))
        elapsed = (time.perf_counter() - start) * 1000
        writer.close()
        self._answer = status, headers.get("content-encoding", "identity"), raw
        return elapsed

    def require_right(self) -> None:
        """Raise RuntimeError unless every mutation was done once and in order, and no change is missing."""
        status, encoding, raw = self._answer
        plain = UNPACK[encoding](raw)
        _require(" 200 " in status, f"{status}: {plain[:500]!r}")
        answer = orjson.loads(plain)
        asked = [(mutation["id"], mutation["args"]["id"]) for mutation in self._outbox]
        done = [(one["id"], one["changes"][0]["id"]) for one in answer["outcomes"] if one["ok"]]
        _require(done == asked, f"not the outcomes: {answer['outcomes']}")
        news, sent = answer["changes"], [message_id for _, message_id in asked]
        _require([change["id"] for change in news] == [*self._missed, *sent], "not the changes that were missed")
        _require([change["seq"] for change in news] == [self._seq + at + 1 for at in range(len(news))], "a gap in seqs")
        _require(not answer["more"], "more than one page")
        self._cursor, self._seq = answer["cursor"], self._seq + len(news)
        self.has += [*self._missed, *sent]


def _require(right: bool, otherwise: str) -> None:  # noqa: FBT001 — reads like assert, and is never switched off
    if not right:
        raise RuntimeError(f"A phone that came back got {otherwise}")
