"""Hours of everything at once: `make soak MINUTES=30 SEED=7`.

Honest people write over a bad network and call for help, attackers do what they can, parts of the server are killed,
and its disk fills up and empties. Rounds follow each other on one server, each with people of its own. At the end there
are the counts: acknowledged, lost, doubled, leaked; the slowest call for help; memory at the end against the start.
"""

import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from pymongo.errors import PyMongoError

from tests.conftest import ROOT, Running
from tests.faults.fault_runner import FaultRunner
from tests.faults.host import Host
from tests.faults.proxy import Proxy
from tests.good import GOOD
from tests.phone import Lost, Phone
from tests.transports import Failed, Http

PAIRS, ROUND = 3, 60.0  # people of a round, and its seconds
KILLS = ("worker", "database", "supervisor")
SPARE = 1500  # MB that the disk seems to have above the reserve
BALLAST = 1600  # MB that another program writes, and removes again


class Soak:
    """One server, the counts of what happened on it, and what was wrong."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home, self.seed, self.chance = home, seed, random.Random(f"{seed}/soak")
        free = shutil.disk_usage(home).free // 1_000_000
        limits = {"LIMIT_DISK_RESERVE_MEGABYTES": str(free - SPARE), "LIMIT_MUTATIONS_AT_ONCE": "0"}
        self.host = Host(home / "data", **limits)  # people here write faster than real people
        self.counts: Counter[str] = Counter()
        self.calls: list[float] = []  # seconds until each call for help was stored
        self.wrong: list[str] = []

    def round(self, number: int) -> None:
        """Let everything happen at once for ROUND seconds; then add what is wrong."""
        faults = FaultRunner(self.host.server, self.home / f"round-{number}", self.seed + number)
        network = Proxy(self.host.server.address, self.seed + number)
        try:
            for _ in range(PAIRS):
                faults.pair()
            faults.through(network.address)
            until = time.monotonic() + ROUND
            attack = self._attacks()
            threads = [*faults.rages(ROUND), *self._started(until)]
            for thread in threads:
                thread.join()
            attack.wait()
            faults.heals()
            self.counts["acknowledged"] += sum(len(phone.done) for phone in faults.phones())
            faults.asks_again()
            self.wrong += faults.ends()
        finally:
            network.stop()
            faults.close()
        shutil.rmtree(self.home / f"round-{number}")

    def _started(self, until: float) -> list[threading.Thread]:
        """Start kills, full disks and calls for help, each in a thread."""
        works = (self._kills, self._fills, self._calls_for_help)
        threads = [threading.Thread(target=work, args=(until,)) for work in works]
        for thread in threads:
            thread.start()
        return threads

    def _attacks(self) -> "subprocess.Popen[str]":
        """Attack from another process, signed in as a new user."""
        token = self.host.server.user()["access_token"]
        command = [sys.executable, "-m", "tests.live.attacker", self.host.server.address, str(ROUND), token]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)

    def _kills(self, until: float) -> None:
        while time.monotonic() < until - 15:
            time.sleep(self.chance.uniform(8, 14))  # what is killed next must have worked for a while
            victim = self.chance.choice(KILLS)
            self.host.kill(victim)
            self.counts[f"kills of the {victim}"] += 1

    def _fills(self, until: float) -> None:
        """Let another program fill the disk for some seconds."""
        ballast = self.home / "ballast"
        time.sleep(ROUND / 3)  # most of a round there is room
        subprocess.run(["fallocate", "-l", f"{BALLAST}MB", ballast], check=True)
        self.counts["full disks"] += 1
        time.sleep(min(8, until - time.monotonic()))
        ballast.unlink()

    def _calls_for_help(self, until: float) -> None:
        """Call for help every few seconds, each time somebody new, and measure until it is stored."""
        while time.monotonic() < until - 2:
            time.sleep(2)  # people call now and then
            with suppress(PyMongoError):  # the new account is made in the database, which may be down
                self.calls.append(call_for_help(self.host.server))


def call_for_help(server: Running) -> float:
    """Let somebody call for help, again and again as a phone does; return the seconds until it was stored."""
    tokens = server.user()
    http = Http(server.address, tokens["access_token"])
    phone = Phone(http, tokens["user"], tokens["device"], lambda: time.time_ns() // 1_000_000)
    mutation, began = phone.does("sos.raise", **GOOD["sos.raise"]), time.monotonic()
    try:
        while True:
            with suppress(Lost, Failed):
                if http.call("mutate", mutation)["ok"]:
                    return time.monotonic() - began
            time.sleep(0.1)  # as a phone does: again, until it is stored
    finally:
        http.close()


def main(minutes: float, seed: int) -> int:
    """Soak a server for so many minutes; print the counts, and return the exit status."""
    home, until = Path(tempfile.mkdtemp(prefix="beside-soak-")), time.monotonic() + minutes * 60
    soak, number, memory = Soak(home, seed), 0, 0
    try:
        while number == 0 or time.monotonic() < until:
            soak.round(number)
            number += 1
            memory = memory or soak.host.memory()
            print(f"round {number}: {dict(soak.counts)}, {len(soak.wrong)} wrong", flush=True)
        at_the_end = soak.host.memory()
    finally:
        soak.host.stop()
    print("\n".join(soak.wrong[:20]))
    slow = sorted(soak.calls)
    print(f"acknowledged {soak.counts['acknowledged']}, wrong (lost, doubled, leaked, out of order) {len(soak.wrong)}")
    waits = f"median {slow[len(slow) // 2]:.2f} s, slowest {slow[-1]:.2f} s" if slow else "none was stored"
    print(f"calls for help {len(slow)}: {waits}")
    print(f"memory of the worker {memory // 10**6} MB after a round, {at_the_end // 10**6} MB at the end")
    if not soak.wrong:
        shutil.rmtree(home)
    return int(bool(soak.wrong))


if __name__ == "__main__":
    minutes, seed = [*sys.argv[1:], "", ""][:2]
    sys.exit(main(float(minutes or 5), int(seed or random.randrange(10**6))))
