"""The packets that wait for one phone, and how many may."""

from collections.abc import Callable
from typing import Any

from gevent.queue import JoinableQueue

WAITING = 300  # packets; a phone that does not read them is disconnected and catches up by its cursor
GOODBYE = 1.0  # seconds that whoever closes a connection waits for its last packets


class Outbox(JoinableQueue[Any]):
    """The packets that wait for one phone. A phone that lets too many wait is dropped, and the queue emptied."""

    def __init__(self) -> None:
        super().__init__()
        self.overflow: Callable[[], None] = lambda: None

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Add a packet; never waits and never raises."""
        if item is not None and self.qsize() >= WAITING:
            while not self.empty():
                self.get_nowait()
                self.task_done()
            self.overflow()
            item = None  # ends the writer
        super().put(item, block, timeout)

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the packets to be sent, but not for long: a phone that does not read must not hold up others."""
        return super().join(GOODBYE if timeout is None else timeout)
