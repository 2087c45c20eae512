"""The long form: `make faults SEED=7 SECONDS=600`.

Rounds of random actions over a bad network, on a server whose worker and database are killed at random. Each round has
a seed, one more than the last. The run ends with the first round that fails, and keeps its histories; SECONDS=0 is one
round.
"""

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from itertools import count
from pathlib import Path

from tests.faults.fault_runner import FaultRunner
from tests.faults.host import Host
from tests.faults.proxy import Proxy

PAIRS, RAGE = 4, 8.0  # pairs of people in a round, and its seconds


def main(seed: int, seconds: float) -> int:
    """Run rounds for so many seconds, from a seed on; return the exit status."""
    home, until = Path(tempfile.mkdtemp(prefix="beside-faults-")), time.monotonic() + seconds
    host = Host(home / "data")
    try:
        for number in count(seed):
            wrong, said = one(host, home / f"seed-{number}", number)
            print(f"seed {number}: {said}", flush=True)
            if wrong:
                print("\n".join([*wrong[:20], f"{len(wrong)} things are wrong. The histories are in {home}"]))
                print(f"To repeat: make faults SEED={number} SECONDS=0")
                return 1
            if time.monotonic() > until:
                break
    finally:
        host.stop()
    shutil.rmtree(home)
    print("All is well.")
    return 0


def one(host: Host, directory: Path, seed: int) -> tuple[list[str], str]:
    """Do one round; return what is wrong, and the counts in words."""
    faults, network = FaultRunner(host.server, directory, seed), Proxy(host.server.address, seed)
    counts: Counter[str] = Counter()
    try:
        for _ in range(PAIRS):
            faults.pair()
        faults.listens("ann0")
        faults.through(network.address)
        threads = faults.rages(RAGE)
        kill(host, seed, counts)
        for thread in threads:
            thread.join()
        healed = faults.heals()
        counts["mutations"] = sum(len(phone.done) for phone in faults.phones())
        faults.asks_again()
        wrong = faults.ends()
    except AssertionError as error:
        healed, wrong = 0.0, [f"I4 {error}"]
    finally:
        network.stop()
        faults.close()
    numbers = ", ".join(f"{name} {number}" for name, number in sorted((counts + network.counts).items()))
    return wrong, f"{numbers}; healed in {healed:.1f} s; {'BAD' if wrong else 'good'}"


def kill(host: Host, seed: int, counts: Counter[str]) -> None:
    """Kill the worker or the database now and then, as the seed says."""
    chance, until = random.Random(f"{seed}/kills"), time.monotonic() + RAGE
    while True:
        time.sleep(chance.uniform(1, 3))  # what is killed next must have worked for a while
        victim = chance.choice(["worker", "database"])
        if time.monotonic() > until:
            return
        host.kill(victim)
        counts[f"kills of the {victim}"] += 1


if __name__ == "__main__":
    seed, seconds = [*sys.argv[1:], "", ""][:2]
    sys.exit(main(int(seed or random.randrange(10**6)), float(seconds or 60)))
