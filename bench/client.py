"""A minimal phone over HTTP: one keep-alive connection, on the standard library."""

import random
import time
import uuid
import zlib
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Any, NamedTuple

import brotli
import orjson
import uuid_utils
from flask_compress.compat import compression

from bench.stage import KEY, Stage
from schemas.agreement import AGREED
from server.accounts.tokens import Tokens
from server.commands.context import Caller
from server.store.accounts import AccountStore
from server.store.database import Mongo
from sync.clock import DAY

API = "/api/v1"
PROSE = """
I we you and but so then today yesterday maybe feel felt talk listen walk sleep work home friend doctor sister better
worse alone together morning night coffee garden quiet crowd train thank sorry please remember forget
"""
WORDS = PROSE.split()

UNPACK = {
    "identity": lambda body: body,
    "gzip": lambda body: zlib.decompress(body, 31),
    "br": brotli.decompress,
    "zstd": compression.zstd.decompress,
}


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    body: Any  # as read from JSON; None if there is none
    size: int  # bytes of the body on the wire
    unpacked: int  # bytes of the body as JSON
    tag: str | None  # its ETag


class Client:
    """One signed-in phone on one connection."""

    def __init__(self, address: str, token: str, accepts: str = "identity") -> None:
        """Take host:port, an access token, and the one content encoding to accept."""
        self._connection = HTTPConnection(address, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": accepts}

    def call(self, verb: str, body: Any) -> Any:
        """Return the answer to a verb; raises RuntimeError for a refusal."""
        answer = self.ask("POST", f"{API}/{verb}", orjson.dumps(body))
        if answer.status != 200:
            raise RuntimeError(f"{verb} was answered {answer.status}: {answer.body}")
        return answer.body

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send a request, and read, unpack and parse all of its answer."""
        self._connection.request(method, path, body, {**self._headers, **headers})
        response = self._connection.getresponse()
        raw = response.read()
        plain = UNPACK[response.headers.get("Content-Encoding", "identity")](raw)
        body = orjson.loads(plain) if plain else None
        return Answer(response.status, body, len(raw), len(plain), response.headers.get("ETag"))

    def close(self) -> None:
        self._connection.close()


def person(mongo: Mongo, role: str) -> str:
    """Return the access token of a new user, who is written into the database: signing up is slow on purpose."""
    return phone(mongo, account(mongo, role), role)


def new_specialist(stage: Stage) -> str:
    """Return the access token of a new specialist who may take people."""
    user = account(stage.mongo, "specialist")
    certified(stage, user)
    return phone(stage.mongo, user, "specialist")


def certified(stage: Stage, user: str) -> None:
    """Let an operator certify that a specialist may take people, for a year from now."""
    operator = Client(stage.server.address, person(stage.mongo, "operator"))
    args = {"supervisor": account(stage.mongo, "supervisor"), "until": _now() + 365 * DAY}
    done(operator, [mutation("specialist.certify", specialist=user, **args)])
    operator.close()


def account(mongo: Mongo, role: str) -> str:
    """Return the user id of a new user."""
    user = str(uuid.uuid4())
    AccountStore(mongo).add(user, user, "unusable", role, _now())
    return user


def phone(mongo: Mongo, user: str, role: str) -> str:
    """Return the access token of one more phone of a user."""
    device = str(uuid.uuid4())
    AccountStore(mongo).add_device(device, user, "phone", _now())
    return Tokens([KEY]).access(Caller(user, device, role), _now())[0]


def pairings(specialist: Client, peers: Sequence[Client]) -> list[str]:
    """Pair a specialist with each of some peers, the way phones do; return the spaces, in that order."""
    invited = done(specialist, [mutation("pairing.invite", name="Sam") for _ in peers])
    codes = [outcome["changes"][0]["data"]["code"] for outcome in invited]
    joined = [
        done(peer, [mutation("pairing.join", agreement=AGREED, code=code, name="Ann")])
        for peer, code in zip(peers, codes, strict=True)
    ]
    return [outcomes[0]["changes"][0]["space"] for outcomes in joined]


def done(client: Client, mutations: list[Any]) -> list[Any]:
    """Push, and return the outcomes; raises RuntimeError unless every one is `ok`."""
    outcomes = client.call("push", {"mutations": mutations})["outcomes"]
    if len(outcomes) != len(mutations) or not all(outcome["ok"] for outcome in outcomes):
        raise RuntimeError(f"of {len(mutations)} mutations not all were done: {outcomes[-1]}")
    return outcomes


def mutation(name: str, /, **args: Any) -> dict[str, Any]:
    """Return a mutation, made now."""
    return {"id": str(uuid_utils.uuid7()), "name": name, "args": args, "at": f"{_now()}-0"}


def message(space: str, text: str) -> dict[str, Any]:
    """Return the mutation that sends a message."""
    return mutation("message.send", space=space, id=str(uuid_utils.uuid7()), text=text, origin="person")


def sentence(length: int = 120) -> str:
    """Return ``length`` characters of language-like text, so that it compresses neither perfectly nor not at all."""
    return " ".join(random.choices(WORDS, k=length))[: length - 1].rstrip().ljust(length, ".")


def _now() -> int:
    return time.time_ns() // 1_000_000
