"""Who is compared: Beside, the same stack that stores nothing, that with one insert, and Node with one insert.

All run at once, on one database; only one of them is busy at a time.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from bench.client import Client, account, certified, pairings, phone
from bench.report import Sample
from bench.stage import ROOT, Server, Stage, beside, gunicorn, started

BESIDE, BARE, INSERT, NODE = "Beside", "bare, no database", "bare + insert_one", "Node + insertOne"
NODE_SERVER = ROOT / "bench" / "node" / "server.js"
PATIENCE = 120  # seconds that one load may take

Conversation = dict[str, Any]  # {space, sender, receivers}, with what lets phones in


class Rival(NamedTuple):
    """A server, and who has what to say on it."""

    server: Server
    knows: bool  # who is who; else, it takes the name of a space for a token
    stores: bool  # what it is sent


class Field(NamedTuple):
    """Everybody who is compared, by name, and what they have in common."""

    stage: Stage
    rivals: dict[str, Rival]

    def conversations(self, count: int, receivers: int = 1) -> dict[str, list[Conversation]]:
        """Return conversations for each of them, with tokens that are good for ten minutes."""
        unknown, known = strangers(count, receivers), [_of_people(self.stage, receivers) for _ in range(count)]
        return {name: known if rival.knows else unknown for name, rival in self.rivals.items()}

    def load(self, name: str, conversations: list[Conversation], **plan: Any) -> Sample:
        """Let the load generator work on one of them and return its tally."""
        rival = self.rivals[name]
        processes = {"worker": rival.server.workers} | ({"database": [self.stage.database]} if rival.stores else {})
        return loaded(rival.server.address, conversations, processes, most=100, **plan)


@contextmanager
def rivals() -> Iterator[Field]:
    """Run all of them."""
    if not (NODE_SERVER.parent / "node_modules").exists():
        raise RuntimeError("What Node needs is not there yet; run: make bench/node/node_modules/.installed")
    with ExitStack() as stack:
        stage = stack.enter_context(beside())
        bare, insert, node = (Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(3))
        field = Field(stage, {})
        field.rivals[BESIDE] = Rival(stage.server, knows=True, stores=True)
        none = stack.enter_context(gunicorn("bench.bare:app", bare, MONGODB_URI="none"))
        field.rivals[BARE] = Rival(none, knows=False, stores=False)
        one = stack.enter_context(gunicorn("bench.bare:app", insert, MONGODB_URI=stage.uri))
        field.rivals[INSERT] = Rival(one, knows=False, stores=True)
        other = stack.enter_context(started(["node", NODE_SERVER], node, MONGODB_URI=stage.uri))
        field.rivals[NODE] = Rival(other, knows=False, stores=True)
        yield field


def strangers(count: int, receivers: int = 1) -> list[Conversation]:
    """Return conversations for a server that takes the name of a space for a token."""
    spaces = [f"pair:{number:026}" for number in range(count)]
    return [{"space": space, "sender": space, "receivers": [space] * receivers} for space in spaces]


def loaded(address: str, conversations: list[Conversation], processes: dict[str, list[Any]], **plan: Any) -> Sample:
    """Let the load generator work on a server, whose processes are looked at meanwhile; return its tally."""
    pids = {name: [process.pid for process in some] for name, some in processes.items()}
    whole = {"address": address, "conversations": conversations, "processes": pids, **plan}
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(
        command, cwd=ROOT, input=orjson.dumps(whole), stdout=subprocess.PIPE, timeout=PATIENCE, check=True
    )
    return orjson.loads(done.stdout)


def require_stored(stage: Stage, sent: float) -> None:
    """Raise RuntimeError unless every message that Beside acknowledged is in its database."""
    stored = stage.mongo.records.count_documents({"kind": "message"})
    if stored != sent:
        raise RuntimeError(f"{sent} messages were acknowledged, {stored} are stored")


def _of_people(stage: Stage, receivers: int) -> Conversation:
    """Pair two people; a phone of one of them writes, and phones of both by turns, the other one first, listen."""
    users = [(account(stage.mongo, role), role) for role in ("peer", "specialist")]
    certified(stage, users[1][0])
    writes, joins = (phone(stage.mongo, user, role) for user, role in reversed(users))
    specialist, peer = (Client(stage.server.address, token) for token in (writes, joins))
    (space,) = pairings(specialist, [peer])
    specialist.close()
    peer.close()
    listening = [phone(stage.mongo, *users[number % 2]) for number in range(receivers)]
    return {"space": space, "sender": writes, "receivers": listening}
