"""Runs random actions of people with phones while faults happen, and checks their histories afterwards."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from schemas.agreement import AGREED
from tests.conftest import Running
from tests.faults.actions import live, write
from tests.faults.checker import check
from tests.faults.history import CheckedPhone, Pen, read
from tests.phone import Lost, Wire
from tests.transports import Failed, Http, Socket

HEALING = 100.0  # seconds within which every outbox must be empty once the faults have stopped


class Pair(NamedTuple):
    """A specialist and a peer, the phones that they use, and the space that they share."""

    space: str
    phones: list[CheckedPhone]


class FaultRunner:
    """Some pairs of people on a server. Whatever they do follows from the seed."""

    def __init__(self, server: Running, directory: Path, seed: int) -> None:
        self.server, self.seed, self.directory = server, seed, directory
        directory.mkdir(exist_ok=True)
        self.pairs: list[Pair] = []
        self.people: dict[str, Wire] = {}
        self.listeners: list[CheckedPhone] = []
        self.open: list[Pen | Http | Socket] = []

    def phone(self, name: str, tokens: Wire) -> CheckedPhone:
        """Return a phone with these tokens."""
        pen = Pen(self.directory, name, tokens["user"])
        self.open.append(pen)
        http = self._http(self.server.address, name, tokens)
        phone = CheckedPhone(http, tokens["user"], tokens["device"], lambda: time.time_ns() // 1_000_000, pen)
        phone.name, phone.tokens = name, tokens
        return phone

    def listens(self, owner: str) -> CheckedPhone:
        """Return another phone of somebody that pulls once, and then only hears what is said live."""
        phone = self.phone(f"{owner}.live", self.server.device(self.people[owner]))
        phone.pull()
        phone.live = Socket(self.server.address, phone.tokens["access_token"], phone)
        self.open.append(phone.live)
        self.listeners.append(phone)
        return phone

    def pair(self) -> Pair:
        """Pair two people before any fault: a specialist with one phone, a peer with two."""
        number = len(self.pairs)
        sam, ann = self.server.user("specialist"), self.server.user()
        self.people |= {f"sam{number}": sam, f"ann{number}": ann}
        phones = [
            self.phone(f"sam{number}", sam),
            self.phone(f"ann{number}", ann),
            self.phone(f"ann{number}.tablet", self.server.device(ann)),
        ]
        invited = phones[0].do("pairing.invite")["changes"][0]
        phones[1].do("pairing.join", agreement=AGREED, code=invited["data"]["code"])
        for phone in phones:
            phone.pull()
        self.pairs.append(Pair(invited["space"], phones))
        return self.pairs[-1]

    def through(self, address: str) -> None:
        """Let every phone reach the server at this address from now on."""
        for phone in self.phones():
            phone.transport.close()
            phone.transport = self._http(address, phone.name, phone.tokens)

    def rages(self, seconds: float, most: int = 6) -> list[threading.Thread]:
        """Start threads of everybody's actions: up to ``most`` at a time, then a try to reach the server."""
        return self._everybody(lambda phone, space, chance: live(phone, space, chance, most), seconds)

    def writes(self, seconds: float) -> list[threading.Thread]:
        """Start threads in which everybody sends one message after the other."""
        return self._everybody(write, seconds)

    def phones(self) -> list[CheckedPhone]:
        return [phone for pair in self.pairs for phone in pair.phones]

    def heals(self) -> float:
        """Let every phone reach the server and send what it has; return the seconds that it took."""
        started = time.monotonic()
        self.through(self.server.address)
        for phone in self.phones():
            while phone.outbox:
                assert time.monotonic() < started + HEALING, f"{phone.name} still has {len(phone.outbox)} mutations"
                with suppress(Lost, Failed):
                    phone.push()
        return time.monotonic() - started

    def asks_again(self) -> None:
        """Send all that was ever done once more: the outcomes must be the same."""
        for phone in self.phones():
            phone.outbox = list(phone.done)
            while phone.outbox:
                phone.push()

    def ends(self) -> list[str]:
        """Fetch everything on every phone and on a fresh one of everybody, and return what is wrong."""
        fresh = [self.phone(f"{name}.fresh", tokens) for name, tokens in self.people.items()]
        for phone in self.listeners:
            phone.live.close()
        phones, known = [*self.phones(), *self.listeners, *fresh], None
        while known != (known := [dict(phone.positions) for phone in phones]):  # receipts come by themselves
            for phone in phones:
                phone.whole()
        self.close()
        return check(read(self.directory))

    def close(self) -> None:
        for thing in self.open:
            thing.close()
        self.open = []

    def _http(self, address: str, name: str, tokens: Wire) -> Http:
        http = Http(address, tokens["access_token"])
        http.client.headers["X-Phone"] = name
        self.open.append(http)
        return http

    def _everybody(
        self, action: Callable[[CheckedPhone, str, random.Random], None], seconds: float
    ) -> list[threading.Thread]:
        until = time.monotonic() + seconds

        def again_and_again(phone: CheckedPhone, space: str) -> None:
            chance = random.Random(f"{self.seed}/{phone.name}")
            while time.monotonic() < until:
                with suppress(Lost, Failed):
                    action(phone, space, chance)

        threads = [
            threading.Thread(target=again_and_again, args=(phone, pair.space))
            for pair in self.pairs
            for phone in pair.phones
        ]
        for thread in threads:
            thread.start()
        return threads
