"""The command line: `python -m bench [NAME …] [--repeats N]`."""

import argparse
import signal
import sys

from bench import first, idle, path, pull, push
from bench.report import publish

BENCHMARKS = {"path": path.run, "pull": pull.run, "first": first.run, "push": push.run, "idle": idle.run}


def main() -> None:
    """Run the benchmarks that were asked for; whatever ends this, ends what it started."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--repeats", type=int, default=3, help="of each measurement; the median is shown")
    asked = parser.parse_args()
    unknown = set(asked.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for name in asked.names or BENCHMARKS:
        publish(name, BENCHMARKS[name](asked.repeats))


if __name__ == "__main__":
    main()
