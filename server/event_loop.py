"""Cooperative yielding: long work lets other greenlets run in between, including those that wait for a socket.

Under gevent neither `sleep(0)` nor a short sleep is enough. Greenlets that yield by `sleep(0)` are resumed some fifty
times before the loop polls the sockets again. A short sleep starts a timer, and a timer that expires while callbacks
run is called in the same turn: ten connections that sent requests without a pause, and slept for a moment after each,
kept a worker from ever polling its sockets. So a greenlet that yields here is resumed only after the loop has polled
all sockets once. A `check` watcher of libev, which runs after each poll, marks where a turn of the loop begins.
"""

import time
from typing import Any

import gevent
from gevent.hub import Waiter
from gevent.monkey import is_module_patched

LONGEST_TURN = 0.01  # seconds that a turn of the event loop may last before a connection yields to other greenlets
MOMENT = 0.000_001  # seconds; without gevent, any pause lets other threads run


class _Turns:
    """The turns of this worker's event loop."""

    def __init__(self) -> None:
        loop: Any = gevent.get_hub().loop
        self.began = time.monotonic()
        self._waiting: list[Any] = []
        self._run = loop.run_callback
        self._after_sockets = loop.check(ref=False)
        self._after_sockets.start(self._begin)
        self._no_pause = loop.idle()  # while this watcher is active, the loop polls sockets without waiting

    def wait(self) -> None:
        """Wait until the loop has polled all sockets."""
        waiter: Any = Waiter()
        self._waiting.append(waiter.switch)
        self._no_pause.start(_nothing)
        waiter.get()

    def _begin(self) -> None:
        """Begin a turn: the loop has just polled all sockets."""
        self.began = time.monotonic()
        if self._waiting:
            resumed, self._waiting = self._waiting, []
            self._no_pause.stop()
            for resume in resumed:
                self._run(resume, None)


def _nothing() -> None:
    """Do nothing: a callback for the idle watcher."""


_turns: _Turns | None = None


def _of_this_worker() -> _Turns:
    global _turns  # noqa: PLW0603 — a worker has one event loop, which exists only after the fork
    if _turns is None:
        _turns = _Turns()
    return _turns


def give_way() -> None:
    """Let all other greenlets run, including those that wait for a socket."""
    if is_module_patched("time"):
        _of_this_worker().wait()
    else:
        time.sleep(MOMENT)  # tests and operators' commands have no event loop


def share_turn() -> None:
    """Let other greenlets run if this turn of the event loop has lasted longer than LONGEST_TURN."""
    if is_module_patched("time") and time.monotonic() - _of_this_worker().began > LONGEST_TURN:
        give_way()
