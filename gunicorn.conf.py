"""The configuration of gunicorn for Beside. `gunicorn wsgi:app` reads it, by hand, in the Makefile and in the image."""

import _thread
import ctypes
import gc
import mmap
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from server.data_directory import UMASK
from server.embedded_database.client import Embedded, Unusable, running

_sleep = time.sleep  # the original function: gevent replaces it in workers

HOST, PORT = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8080")

bind = f"{HOST}:{PORT}"
worker_class = "gevent"
asked = os.environ.get("WORKERS", "1")
workers = int(asked) if asked.isdecimal() else 1  # `on_starting` reports a wrong value
worker_connections = 10_000
timeout = 60
graceful_timeout = 10
keepalive = 30
limit_request_line = 16_384  # a GET pull carries its cursor in the query
control_socket_disable = True

TRIM_EVERY, TRIM_AFTER = 5.0, 16_000_000  # seconds between two checks; bytes above the smallest size seen
TRIM_AGAIN = 2  # checks that are skipped after a trim that gave back little, as the memory was in use
KEY_SERVICES = ("MASTER_KEY_COMMAND", "MASTER_KEYS_KMS")  # settings by which the master keys are fetched at the start
COUNTS = "beside-metrics-"  # prefix of the names of our metrics directories
BOOT = 60.0  # seconds that new workers may take to start after a reload; after that the old workers are stopped anyway
OFTEN = (5_000, 10, 10)  # new objects between two garbage collections; every tenth takes older ones, every 100th all
SELDOM = 200_000  # new objects between two garbage collections while a worker starts: nearly all of them stay in use
LISTENS = 1.2  # seconds for which a stopping worker may still accept connections: it checks once a second

os.umask(UMASK)  # also for the workers and the database; gunicorn's own setting is only for its socket

if "METRICS_TOKEN" in os.environ and COUNTS not in os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""):
    # One directory for the metrics of all workers, made before they are forked. A reload keeps the directory.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix=COUNTS)


def on_starting(server: Any) -> None:
    """Check the settings before anything else; start the embedded database unless MONGODB_URI is set.

    Another process checks them: the workers after a reload would inherit any module that is imported here.
    """
    keys = _checked()
    if "MONGODB_URI" not in os.environ:
        try:
            os.environ["MONGODB_URI"] = Embedded(Path(os.environ.get("DATA_DIR", "data")).resolve()).uri
        except Unusable as error:
            sys.exit(f"Beside cannot start. {error}")
    if [os.environ.pop(name) for name in KEY_SERVICES if name in os.environ]:
        os.environ["MASTER_KEYS"] = keys  # for all workers: a key service that fails later then stops none of them


def when_ready(server: Any) -> None:
    """Print the server's addresses, once it accepts connections."""
    host, port = server.LISTENERS[0].sock.getsockname()[:2]
    address = f"http://{host}:{port}"
    where = "the embedded database" if running() else "MONGODB_URI"
    app = f"The app:  {address}/app\n" if os.environ.get("WEB_APP", "on") == "on" else ""
    demo = os.environ.get("DEMO", "auto")
    if app and (demo == "on" or (demo == "auto" and running())):
        app += f"Try it:   {address}/app/demo\n"
    print(f"\nBeside is at {address}, on {where}.\n{app}The API:  {address}/docs\nTo stop:  Ctrl-C\n", flush=True)


def on_reload(server: Any) -> None:
    """Let the new workers serve before the old ones are told to stop: phones that reconnect must find a worker.

    Gunicorn itself stops the old workers at once, and a new worker takes seconds to start.
    """
    server.manage_workers = partial(_hand_over, server, server.worker_age)


def pre_fork(server: Any, worker: Any) -> None:
    """Share one byte between a worker and the arbiter: it is 1 once the worker serves."""
    worker.serves = mmap.mmap(-1, 1)


def post_fork(server: Any, worker: Any) -> None:
    """Let a new worker count as alive while it starts: it may wait for the database, or build an index for hours."""
    gc.set_threshold(SELDOM)

    def notify() -> None:
        with suppress(OSError, ValueError):  # the worker has ended, because it could not start
            while not worker.booted:
                worker.notify()
                _sleep(1)

    _thread.start_new_thread(notify, ())


def post_worker_init(worker: Any) -> None:
    """Set up a new worker: exempt lasting objects from garbage collection, and drain its connections when it stops."""
    import gevent  # only here: gevent has patched the worker by now

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C also reaches the arbiter, which then sends SIGQUIT
    signal.signal(signal.SIGQUIT, lambda *_: setattr(worker, "alive", False))  # graceful stop
    _share_while_reading()
    gevent.spawn(_give_memory_back)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*OFTEN)
    for loop in worker.app.callable.extensions["loops"]:
        loop.start()
    gevent.spawn(_say_goodbye, worker)
    worker.serves[0] = 1


def child_exit(server: Any, worker: Any) -> None:
    """End the transactions that a killed worker may have left open, and take it out of the metrics of live workers."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        # Imported only here: when it is imported, prometheus_client decides whether the workers count together.
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)
    embedded = running()
    if embedded is not None:
        embedded.end_orphans()


def on_exit(server: Any) -> None:
    """Remove the metrics directory, and stop the embedded database last of all."""
    if COUNTS in os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""):
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
    embedded = running()
    if embedded is not None:
        embedded.stop()


def _checked() -> str:
    """Check the settings in another process, and return the master keys in base64; exit if a setting is wrong."""
    read, write = os.pipe()
    with open(read) as keys:  # noqa: PTH123 — a pipe has no path
        command = [sys.executable, "-m", "server.config", str(write)]
        done = subprocess.run(command, check=False, pass_fds=[write])  # noqa: S603 — this very Python
        os.close(write)
        if done.returncode:
            sys.exit(1)
        return keys.read()


def _give_memory_back() -> None:
    """Return freed memory to the operating system at intervals (glibc only).

    Glibc itself keeps free memory between blocks that are in use, so the memory of very large messages would stay.
    """
    import gevent

    with suppress(OSError, AttributeError):
        trim, least, wait = ctypes.CDLL("libc.so.6").malloc_trim, _memory(), 0
        while True:
            gevent.sleep(TRIM_EVERY)
            held = _memory()
            least, wait = min(least, held), max(0, wait - 1)
            if held > least + TRIM_AFTER and not wait:
                trim(0)
                wait = 0 if _memory() < held - TRIM_AFTER else TRIM_AGAIN


def _memory() -> int:
    """Return the resident memory of this process in bytes (Linux only; raises OSError elsewhere)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE


def _share_while_reading() -> None:
    """Yield to other greenlets before each piece of a request is read: gunicorn reads as long as data is there.

    Before the next request of a connection, gunicorn also reads the rest of a refused body.
    """
    from gunicorn.http.unreader import SocketUnreader

    from server.event_loop import share_turn

    read = SocketUnreader.chunk

    def chunk(unreader: Any, *size: Any) -> bytes:
        share_turn()
        piece: bytes = read(unreader, *size)
        return piece

    SocketUnreader.chunk = chunk


def _hand_over(server: Any, age: int) -> None:
    """Wait until every worker with a number above ``age`` serves; then let the arbiter stop the old workers."""
    del server.manage_workers  # restores the arbiter's own method
    late = time.monotonic() + BOOT
    while time.monotonic() < late and any(not one.serves[0] for one in server.WORKERS.values() if one.age > age):
        time.sleep(0.05)  # nothing tells the arbiter that a shared byte has changed
        server.reap_workers()
    server.manage_workers()


def _say_goodbye(worker: Any) -> None:
    """Close every connection once the worker is told to stop: its phones reconnect to another worker."""
    import gevent

    from server.realtime.change_streams import Stream
    from server.realtime.transport.drain import drain

    while worker.alive:
        gevent.sleep(0.2)
    gevent.sleep(LISTENS)
    for loop in worker.app.callable.extensions["loops"]:
        loop.stop()
    while True:
        drain()
        for stream in list(Stream.open):
            stream.close()
        gevent.sleep(0.2)
