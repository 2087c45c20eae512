"""The servers that are compared: Beside, the bare app that stores nothing, the bare app and Node with one insert.

All run at the same time, on one database; only one of them is busy at a time.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from bench.client import Client, account, certified, pairings, phone
from bench.report import Sample
from bench.stage import ROOT, Server, Stage, beside, gunicorn, started

BESIDE, BARE, INSERT, NODE = "Beside", "bare, no database", "bare + insert_one", "Node + insertOne"
NODE_SERVER = ROOT / "bench" / "node" / "server.js"
OURS = (sys.executable, "-m", "bench.load")
REAL = ("node", ROOT / "bench" / "node" / "load.js")  # npm's socket.io-client on every phone
PATIENCE = 120  # seconds that one load may take

Conversation = dict[str, Any]  # {space, sender, receivers}; a phone is the token that lets it in


class Rival(NamedTuple):
    """A server that is compared."""

    server: Server
    knows: bool  # True: it has accounts; False: its tokens are names of spaces
    stores: bool  # True: it stores messages in the database


class Field(NamedTuple):
    """All servers that are compared, by name, and the stage that they share."""

    stage: Stage
    rivals: dict[str, Rival]

    def conversations(self, count: int, receivers: int = 1) -> dict[str, list[Conversation]]:
        """Return conversations for each server, with tokens that are valid for ten minutes."""
        unknown, known = strangers(count, receivers), [conversation(self.stage, receivers) for _ in range(count)]
        return {name: known if rival.knows else unknown for name, rival in self.rivals.items()}

    def load(self, name: str, conversations: list[Conversation], **plan: Any) -> Sample:
        """Let the load generator work on one of the servers and return its tally."""
        rival = self.rivals[name]
        processes = {"worker": rival.server.workers} | ({"database": [self.stage.database]} if rival.stores else {})
        return loaded(rival.server.address, conversations, processes, most=100, **plan)


@contextmanager
def rivals() -> Iterator[Field]:
    """Run all servers that are compared; raises RuntimeError if the packages that Node needs are missing."""
    require_packages()
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


def require_packages() -> None:
    """Raise RuntimeError if the packages that Node needs are missing."""
    if not (NODE_SERVER.parent / "node_modules").exists():
        raise RuntimeError("What Node needs is not there yet; run: make bench/node/node_modules/.installed")


def strangers(count: int, receivers: int = 1) -> list[Conversation]:
    """Return conversations for a server whose tokens are names of spaces."""
    spaces = [f"pair:{number:026}" for number in range(count)]
    return [{"space": space, "sender": space, "receivers": [space] * receivers} for space in spaces]


def loaded(
    address: str,
    conversations: list[Conversation],
    processes: dict[str, list[Any]],
    generator: Sequence[Path | str] = OURS,
    **plan: Any,
) -> Sample:
    """Let a load generator work on a server and measure the CPU time of its processes; return the tally."""
    pids = {name: [process.pid for process in some] for name, some in processes.items()}
    whole = {"address": address, "conversations": conversations, "processes": pids, **plan}
    done = subprocess.run(
        generator, cwd=ROOT, input=orjson.dumps(whole), stdout=subprocess.PIPE, timeout=PATIENCE, check=True
    )
    return orjson.loads(done.stdout)


def require_stored(stage: Stage, sent: float) -> None:
    """Raise RuntimeError unless the database holds as many messages as Beside acknowledged."""
    stored = stage.mongo.records.count_documents({"kind": "message"})
    if stored != sent:
        raise RuntimeError(f"{sent} messages were acknowledged, {stored} are stored")


def conversation(stage: Stage, receivers: int = 1) -> Conversation:
    """Pair two people. A phone of the specialist writes; phones of the peer and the specialist, by turns, listen."""
    users = [(account(stage.mongo, role), role) for role in ("peer", "specialist")]
    certified(stage, users[1][0])
    writes, joins = (phone(stage.mongo, user, role) for user, role in reversed(users))
    specialist, peer = (Client(stage.server.address, token) for token in (writes, joins))
    (space,) = pairings(specialist, [peer])
    specialist.close()
    peer.close()
    listening = [phone(stage.mongo, *users[number % 2]) for number in range(receivers)]
    return {"space": space, "sender": writes, "receivers": listening}
