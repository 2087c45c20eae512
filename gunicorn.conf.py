"""How gunicorn runs Beside: `gunicorn wsgi:app`, here, in the Makefile and in the image alike."""

import gc
import mmap
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from server.data_directory import UMASK
from server.embedded_database.client import Embedded, Unusable, running

HOST, PORT = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8080")

bind = f"{HOST}:{PORT}"
worker_class = "gevent"
asked = os.environ.get("WORKERS", "1")
workers = int(asked) if asked.isdecimal() else 1  # `on_starting` says what is wrong with it
worker_connections = 10_000
timeout = 60
graceful_timeout = 10
keepalive = 30
limit_request_line = 16_384  # a GET pull carries its cursor in the query
control_socket_disable = True

COUNTS = "beside-metrics-"  # how the names of our directories of metrics begin
BOOT = 60.0  # seconds that new workers may take to start, after a reload, before the old ones are told to stop anyway
LISTENS = 1.2  # seconds that a worker that was told to stop may still accept connections: it looks once a second

os.umask(UMASK)  # of the workers and the database, too; gunicorn's own setting is for its socket

if "METRICS_TOKEN" in os.environ and COUNTS not in os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""):
    # Workers count together in here, from before they are told apart. After a reload there is one already.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix=COUNTS)


def on_starting(server: Any) -> None:
    """Look at the settings before anything is said or done; start the embedded database, unless there is another.

    They are looked at in another process: what is imported here would not be read anew for workers after a reload.
    """
    if subprocess.run([sys.executable, "-m", "server.config"], check=False).returncode:
        sys.exit(1)
    if "MONGODB_URI" not in os.environ:
        try:
            os.environ["MONGODB_URI"] = Embedded(Path(os.environ.get("DATA_DIR", "data")).resolve()).uri
        except Unusable as error:
            sys.exit(f"Beside cannot start. {error}")


def when_ready(server: Any) -> None:
    """Say where we are, once connections are accepted."""
    host, port = server.LISTENERS[0].sock.getsockname()[:2]
    address = f"http://{host}:{port}"
    where = "the embedded database" if running() else "MONGODB_URI"
    print(f"\nBeside is at {address}, on {where}.\nThe API:  {address}/docs\nTo stop:  Ctrl-C\n", flush=True)


def on_reload(server: Any) -> None:
    """Let the new workers serve before the old ones are told to stop: phones that come back must find somebody.

    Gunicorn tells the old ones at once, and starting takes seconds.
    """
    server.manage_workers = partial(_hand_over, server, server.worker_age)


def pre_fork(server: Any, worker: Any) -> None:
    """Give a worker and the arbiter a byte in common: 1 once the worker serves."""
    worker.serves = mmap.mmap(-1, 1)


def post_worker_init(worker: Any) -> None:
    """Look after a new worker: no garbage collection of what never goes, and a goodbye to phones when it stops."""
    import gevent  # only now: the worker has been patched

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the arbiter as well, which tells its workers
    signal.signal(signal.SIGQUIT, lambda *_: setattr(worker, "alive", False))  # and they stop in good order
    gc.collect()
    gc.freeze()
    for loop in worker.app.callable.extensions["loops"]:
        loop.start()
    gevent.spawn(_say_goodbye, worker)
    worker.serves[0] = 1


def child_exit(server: Any, worker: Any) -> None:
    """Free what a worker that was killed may have left locked, and count it no more among those that live."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead  # not before it is known that many count together

        mark_process_dead(worker.pid)
    embedded = running()
    if embedded is not None:
        embedded.end_orphans()


def on_exit(server: Any) -> None:
    """Stop the embedded database, last of all."""
    if COUNTS in os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""):
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
    embedded = running()
    if embedded is not None:
        embedded.stop()


def _hand_over(server: Any, age: int) -> None:
    """Wait until every worker younger than this serves; then let the arbiter stop those that are too many."""
    del server.manage_workers  # this was for once
    late = time.monotonic() + BOOT
    while time.monotonic() < late and any(not one.serves[0] for one in server.WORKERS.values() if one.age > age):
        time.sleep(0.05)  # the arbiter is not told when a byte that it shares with a worker changes
        server.reap_workers()
    server.manage_workers()


def _say_goodbye(worker: Any) -> None:
    """Close every connection as soon as the worker is told to stop: phones come back to its successor."""
    import gevent

    from server.realtime.change_streams import Stream
    from server.realtime.transport.drain import drain

    while worker.alive:
        gevent.sleep(0.2)
    gevent.sleep(LISTENS)
    for loop in worker.app.callable.extensions["loops"]:
        loop.stop()
    while True:
        for stream in list(Stream.open):
            stream.close()
        drain()
        gevent.sleep(0.2)
