"""Checks what people are shown of the words that two of them seal, by every way to the data.

Sealed words are canaries: `words("sam", "d1", 2)` is what sam sealed second in d1, and stands nowhere else.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.table import TABLES
from server.accounts.tokens import Tokens
from server.store.accounts import AccountStore
from sync.clock import DAY
from tests.conftest import CONFIG, World
from tests.phone import Phone, Transport, Wire
from tests.sealed import push_tokens
from tests.trust.scene import Sky

ADAPTERS = "/api/v1/adapters"
STAFF = ("queue", "load", "leaving", "orphans", "reports", "escalations")
CANARY = re.compile(r"sealed-([a-z]+)-([a-z0-9]+)-(\d+)\.")
ROLES = {"sam": "specialist", "ann": "peer", "eve": "peer", "sue": "supervisor", "olga": "operator"}

Opened = Mapping[str, Mapping[str, str]]  # {disclosure: {who: their words}}


def words(who: str, name: str, number: int) -> str:
    """Return what somebody seals in a disclosure, for the first or another time."""
    return f"sealed-{who}-{name}-{number}."


def found_of(who: str, text: str) -> set[str]:
    """Return what somebody sealed that stands in a text."""
    return {found[0] for found in CANARY.finditer(text) if found[1] == who}


class Overheard:
    """Stands between a phone and the server, and keeps every answer to it."""

    def __init__(self, transport: Any, answers: list[Wire]) -> None:
        self._transport, self._answers, self.caller = transport, answers, transport.caller

    @property
    def parts(self) -> Any:
        return self._transport.parts

    @parts.setter
    def parts(self, parts: Any) -> None:
        self._transport.parts = parts

    def call(self, verb: str, body: Wire) -> Wire:
        self._answers.append(self._transport.call(verb, body))
        return self._answers[-1]


class LeakChecker:
    """Sam and ann are paired; eve is a stranger, sue sam's supervisor, olga an operator. All of them look."""

    def __init__(self, world: World, logs: list[Any]) -> None:
        self.world, self.logs = world, logs
        self.callers = {name: world.person(name, role) for name, role in ROLES.items()}
        self.phones = {name: world.phone(caller) for name, caller in self.callers.items()}
        for caller in self.callers.values():
            AccountStore(world.mongo).add_device(caller.device, caller.user, "phone", world.time)
            push_tokens(world.mongo).put(caller.device, {"platform": "fcm", "token": caller.device})
        self.answers: dict[str, list[Wire]] = {name: [] for name in ROLES}
        for name, phone in self.phones.items():
            phone.transport: Transport = Overheard(phone.transport, self.answers[name])
        world.time -= 100 * DAY  # so that they can look at how it went since
        self.space = world.paired(self.phones["sam"], self.phones["ann"])
        world.time += 100 * DAY
        self.other = {"sam": "ann", "ann": "sam"}
        self.frames: dict[str, list[Wire]] = {name: [] for name in ROLES}
        self.pushed: list[Any] = []
        self.pulled = dict.fromkeys(ROLES, 0)  # the number that WatermelonDB pulled last at
        self.opened_at: dict[str, int] = {}  # {disclosure: the one seq at which it is open}
        self.listen()

    def listen(self) -> None:
        """Connect everybody to the worker that is there now."""
        self.air = Sky(self.world, list(self.phones.values()))

    def restarted(self) -> None:
        """Let another worker take over."""
        self._hear()
        self.world.restarted()
        self.listen()

    def look(
        self,
        opened: Opened,
        *,
        rows: bool = True,
        blocker: str = "",
        suggested: frozenset[str] = frozenset(),
        taken_back: frozenset[str] = frozenset(),
    ) -> None:
        """Look everywhere: words of the other are there if, and only if, they are open; nobody else sees any.

        A person who has blocked the other sees nothing any more. ``suggested`` is what ann allowed sam to suggest, and
        ``taken_back`` what sam took back after that: it was shown to her once, and is nowhere any more.
        """
        self._hear()
        for who, other in self.other.items():
            left = [] if who == blocker else opened.values()
            mine, theirs = ({both[one] for both in left} for one in (who, other))
            for way, text in self._whole(who, rows=rows).items():
                also = suggested if who == "ann" and way != "path" else set()
                assert found_of(other, text) == theirs | also, (who, way, found_of(other, text) ^ theirs)
                assert found_of(who, text) >= mine, (who, way)
            ever = {both[other] for both in opened.values()} | suggested | taken_back
            for way, said in (("frames", self.frames[who]), ("answers", self.answers[who])):
                assert found_of(other, json.dumps(said)) <= ever, (who, way)
                self._both_at_once(said, opened)
            self.frames[who].clear()
            self.answers[who].clear()
        for way, text in self._beside().items():
            assert CANARY.search(text) is None, way

    def ask(self, name: str, path: str, body: Any = None) -> str:
        """Ask at an endpoint as somebody, and return the answer as text."""
        token, _ = Tokens(CONFIG.secret_keys).access(self.callers[name], self.world.time)
        client, headers = self.world.parts.app.test_client(), {"Authorization": f"Bearer {token}"}
        method = "GET" if body is None else "POST"
        return client.open(path, method=method, json=body, headers=headers).get_data(as_text=True)

    def _hear(self) -> None:
        """Keep the frames that are on their way, and deliver them to the phones."""
        for phone, frame in self.air.frames:
            self.frames[phone.user.removeprefix("id-")].append(frame)
        self.air.arrive()

    def _whole(self, who: str, *, rows: bool) -> dict[str, str]:
        """Return everything that somebody can read, as {way: text}."""
        phone, fresh = self.phones[who], self.world.phone(self.callers[who], "fresh")
        phone.pull()
        fresh.pull()
        assert _shown(phone) == _shown(fresh)
        ways: dict[str, Any] = {"replica": list(phone.replica.values()), "fresh": list(fresh.replica.values())}
        for found in ways.values():
            self._both_at_once(found, None)
        ways = {name: json.dumps(found) for name, found in ways.items()}
        ways["path"] = self.ask(who, f"/api/v1/spaces/{self.space}/path")
        assert CANARY.search(self.ask(who, f"/api/v1/spaces/{self.space}/history")) is None
        if rows:
            ways["watermelondb"] = self.ask(who, f"{ADAPTERS}/watermelondb/sync")
            asked = {"checkpoint": None, "batchSize": 1000}
            pages = [self._collection(who, kind, asked) for kind in TABLES]
            ways["rxdb"] = " ".join(pages)
        return ways

    def _collection(self, who: str, kind: str, asked: Wire) -> str:
        """Return all pages of a collection."""
        pages, more = [], True
        while more:
            page = json.loads(self.ask(who, f"{ADAPTERS}/rxdb/{kind}/pull", asked))
            pages.append(json.dumps(page["documents"]))
            more = len(page["documents"]) == asked["batchSize"]
            asked = {**asked, "checkpoint": page["checkpoint"]}
        return " ".join(pages)

    def _both_at_once(self, said: Iterable[Any], opened: Opened | None) -> None:
        """Check that both texts of an opened disclosure are in one record, and that this record has one seq only."""
        for change in _changes(said):
            if change["kind"] == "disclosure" and "cards" in change.get("data", {}):
                found = [one["text"] for one in change["data"]["cards"].values()]
                authors = sorted(CANARY.fullmatch(text)[1] for text in found)
                assert authors == ["ann", "sam"]
                assert self.opened_at.setdefault(change["id"], change["seq"]) == change["seq"]
                assert opened is None or set(found) == set(opened[change["id"]].values())

    def _beside(self) -> dict[str, str]:
        """Return what everybody else is shown: strangers, staff, push services, and whoever reads the logs."""
        self.world.parts.notifications.enqueuer.enqueue()
        self.world.parts.notifications.scheduler.run()
        self.pushed += [sent.payload for sent in self.world.parts.notifications.provider.sent]
        ways = {"pushed": json.dumps(self.pushed), "logs": repr(self.logs)}
        for name in ("eve", "sue", "olga"):
            self.phones[name].pull()
            ways[name] = json.dumps([list(self.phones[name].replica.values()), self.answers[name], self.frames[name]])
            ways[f"{name} asks"] = " ".join(self.ask(name, f"/api/v1/operator/{path}") for path in STAFF)
            ways[f"{name} walks"] = self.ask(name, f"/api/v1/spaces/{self.space}/path")
        return ways


def _changes(said: Iterable[Any]) -> Iterable[Wire]:
    """Give every change in what was said: records, frames, pages and outcomes."""
    for one in said:
        if "kind" in one:
            yield one
        else:
            inner = [*one.get("changes", ()), *one.get("outcomes", ()), *([one["change"]] if "change" in one else [])]
            yield from _changes(inner)


def _shown(phone: Phone) -> dict[Any, Wire]:
    return {name: row for name, row in phone.replica.items() if not row.get("deleted")}
