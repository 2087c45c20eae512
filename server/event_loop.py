"""Turns of the event loop: work that takes long lets all others run in between, also those that wait for a socket.

Under gevent neither `sleep(0)` nor a short sleep is enough. Greenlets that yield by `sleep(0)` are resumed some fifty
times before the loop looks at sockets again. A sleep starts a timer, and timers that run out while others are called
back are called back at once: ten connections that send requests without a pause, each of which sleeps for a moment,
kept a worker from ever looking at a socket. So a greenlet that gives way is resumed after the loop has looked at all
sockets once: a `check` watcher of libev, which runs at that point, counts the turns.
"""

import time
from typing import Any

import gevent
from gevent.hub import Waiter
from gevent.monkey import is_module_patched

LONGEST_TURN = 0.01  # seconds that a turn of the event loop may last before a connection lets other greenlets run
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
        self._no_pause = loop.idle()  # while it is started, the loop does not wait for sockets

    def wait(self) -> None:
        """Wait until the loop has looked at all sockets."""
        waiter: Any = Waiter()
        self._waiting.append(waiter.switch)
        self._no_pause.start(_nothing)
        waiter.get()

    def _begin(self) -> None:
        """Begin a turn: the loop has just looked at all sockets."""
        self.began = time.monotonic()
        if self._waiting:
            resumed, self._waiting = self._waiting, []
            self._no_pause.stop()
            for resume in resumed:
                self._run(resume, None)


def _nothing() -> None:
    """Stand for a callback."""


_turns: _Turns | None = None


def _of_this_worker() -> _Turns:
    global _turns  # noqa: PLW0603 — a worker has one event loop, which exists only after it was forked
    if _turns is None:
        _turns = _Turns()
    return _turns


def give_way() -> None:
    """Let all other greenlets run, also those that wait for a socket."""
    if is_module_patched("time"):
        _of_this_worker().wait()
    else:
        time.sleep(MOMENT)  # there is no event loop: tests, and an operator's commands


def share_turn() -> None:
    """Let other greenlets run if this turn of the event loop has lasted longer than LONGEST_TURN."""
    if is_module_patched("time") and time.monotonic() - _of_this_worker().began > LONGEST_TURN:
        give_way()
