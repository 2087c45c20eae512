"""Workers that are forked count in files of their own, and together."""

import subprocess
import sys

from tests.conftest import ROOT

COUNTS = """
import os
from server.observability import metrics
metrics.BUS_ERRORS.inc()
if os.fork() == 0:
    metrics.BUS_ERRORS.inc(2)
    os._exit(0)
assert os.wait()[1] == 0
print(metrics.exposition().decode())
"""


def test_a_forked_worker_counts_for_itself_and_both_together(tmp_path):
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", COUNTS], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "beside_bus_errors_total 3.0" in done.stdout
    assert len(list(tmp_path.glob("counter_*.db"))) == 2
