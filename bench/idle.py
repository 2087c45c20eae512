"""An idle server: seconds from starting the program to being ready, and its memory when no phone is connected."""

import tempfile
import time
from pathlib import Path

import psutil

from bench.report import Result, Sample, medians
from bench.stage import Server, gunicorn

SETTLING = 2.0  # seconds between being ready and measuring the memory
PROCESSES = ("arbiter", "worker", "supervisor", "database")
COLUMNS = ("idle", "ready after s", *(f"{name} MB" for name in PROCESSES), "all MB")


def run(repeats: int) -> Result:
    """Start in an empty directory, stop, and start there again; the server itself makes everything in it."""
    samples: dict[str, list[Sample]] = {"first start": [], "second start": []}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory(prefix="beside-bench-") as directory:
            for found in samples.values():
                found.append(_started(Path(directory)))
    rows: list[list[str | float]] = []
    for name, found in samples.items():
        row = medians(found)
        for kind in ("pss", "rss"):
            memory = [row[f"{process}_{kind}"] for process in (*PROCESSES, "all")]
            rows.append([f"{name}, {kind.upper()}", row["ready"], *memory])
    return Result("start to /readyz, and memory of all processes", COLUMNS, rows, samples)


def _started(directory: Path) -> Sample:
    start = time.perf_counter()
    with gunicorn("wsgi:app", directory) as server:
        ready = time.perf_counter() - start
        time.sleep(SETTLING)  # by then the server has given back the memory that only its start needed
        return {"ready": ready, **_memory(server)}


def _memory(server: Server) -> Sample:
    """Return {process_pss: MB, process_rss: MB}; PSS divides shared memory among the processes that share it."""
    found: Sample = {}
    for process in (server.process, *server.process.children(recursive=True)):
        name = _name(server, process)
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
        sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines[1:]}
        found |= {f"{name}_pss": sizes["Pss"], f"{name}_rss": sizes["Rss"]}
    return found | {f"all_{kind}": sum(found[f"{name}_{kind}"] for name in PROCESSES) for kind in ("pss", "rss")}


def _name(server: Server, process: psutil.Process) -> str:
    command = " ".join(process.cmdline())
    if "secantusd" in command:
        return "database"
    if "server.embedded_database.supervisor" in command:
        return "supervisor"
    return "arbiter" if process.pid == server.process.pid else "worker"
