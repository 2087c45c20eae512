"""`python -m server.cli.cluster_check`, with MONGODB_URI, and optionally SECONDS and FAILOVER.

Exits with 0 if no check has failed, 1 if a check has failed, 2 if a setting is wrong or it could not connect, and 130
if it was interrupted.
"""

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any, NoReturn, TextIO

from server.cli.cluster_check.check import check
from server.cli.cluster_check.report import Report
from server.cli.cluster_check.target import Unreachable, reached
from server.observability import logs

SECONDS, LONGEST = 30.0, 3600.0  # of load
HAS_FAILED, NOT_CONNECTED, INTERRUPTED = 1, 2, 130


def main(environment: Mapping[str, str], output: TextIO, errors: TextIO) -> int:
    """Run the check as the environment says; return the exit code."""
    uri = environment.get("MONGODB_URI", "")
    if not uri:
        errors.write("Set MONGODB_URI to the URI of your replica set or cluster.\n")
        return NOT_CONNECTED
    try:
        seconds = float(environment.get("SECONDS") or SECONDS)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= LONGEST:
        errors.write(f"SECONDS is for how long the load runs: a number up to {LONGEST:.0f}.\n")
        return NOT_CONNECTED
    report = Report(output)
    try:
        target = reached(uri, seconds, fails_over=environment.get("FAILOVER", "") not in {"", "0"})
        with target.main.client:
            check(target, report)
    except Unreachable as error:
        errors.write(f"{error}\n")
        return NOT_CONNECTED
    except KeyboardInterrupt:
        errors.write("Interrupted.\n")
        return INTERRUPTED
    return HAS_FAILED if report.has_failed else 0


def _interrupt(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    logs.configure("ERROR")
    signal.signal(signal.SIGTERM, _interrupt)  # `docker stop`: drop the database first
    sys.exit(main(os.environ, sys.stdout, sys.stderr))
