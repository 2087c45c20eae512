"""The command line: `python -m bench [NAME …] [--repeats N] [--large]`."""

import argparse
import signal
import sys

from bench import accepts, adapters, batch, first, herd, idle, path, pull, push, shortlist
from bench.report import publish

BENCHMARKS = {
    "path": path.run,
    "pull": pull.run,
    "first": first.run,
    "adapters": adapters.run,
    "push": push.run,
    "herd": herd.run,
    "idle": idle.run,
    "shortlist": shortlist.run,
    "batch": batch.run,
    "accepts": accepts.run,
}


def main() -> None:
    """Run the benchmarks that were asked for; whatever ends this, ends what it started."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--repeats", type=int, default=3, help="of each measurement; the median is shown")
    parser.add_argument("--large", action="store_true", help="adapters: 50,000 messages for all clients; takes minutes")
    asked = parser.parse_args()
    unknown = set(asked.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    runs = {**BENCHMARKS, "adapters": adapters.large} if asked.large else BENCHMARKS
    for name in asked.names or runs:
        publish(name, runs[name](asked.repeats))


if __name__ == "__main__":
    main()
