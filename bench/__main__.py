"""The command line: `python -m bench [NAME …] [--repeats N] [--large]`; the name `plot` draws the results."""

import argparse
import signal
import sys

from bench import (
    accepts,
    adapters,
    attack,
    batch,
    browser,
    catchup,
    circle,
    first,
    herd,
    idle,
    latency,
    notifications,
    npm,
    path,
    phones,
    plot,
    policy,
    pull,
    push,
    restart,
    sealing,
    shortlist,
    sockets,
    workers,
)
from bench.report import publish

BENCHMARKS = {
    "path": path.run,
    "pipelined": path.pipelined,
    "latency": latency.run,
    "npm": npm.run,
    "circle": circle.run,
    "phones": phones.run,
    "workers": workers.run,
    "pull": pull.run,
    "catchup": catchup.run,
    "first": first.run,
    "adapters": adapters.run,
    "push": push.run,
    "notifications": notifications.run,
    "herd": herd.run,
    "restart": restart.run,
    "idle": idle.run,
    "sealing": sealing.run,
    "shortlist": shortlist.run,
    "batch": batch.run,
    "accepts": accepts.run,
    "policy": policy.run,
    "sockets": sockets.run,
    "attack": attack.run,
    "client": browser.run,
}
PLOT = "plot"  # measures nothing


def main() -> None:
    """Run the named benchmarks. SIGTERM raises SystemExit, so that the processes that were started end as well."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*BENCHMARKS, PLOT]))
    parser.add_argument("--repeats", type=int, default=3, help="of each measurement; the median is shown")
    parser.add_argument(
        "--large", action="store_true", help="adapters: 50,000 messages for all clients; phones: 10,000; takes minutes"
    )
    asked = parser.parse_args()
    unknown = set(asked.names) - {*BENCHMARKS, PLOT}
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    runs = {**BENCHMARKS, "adapters": adapters.large, "phones": phones.large} if asked.large else BENCHMARKS
    for name in asked.names or runs:
        if name == PLOT:
            plot.main()
        else:
            publish(name, runs[name](asked.repeats))


if __name__ == "__main__":
    main()
