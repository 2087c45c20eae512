"""The packets that wait for one phone, and how many may."""

from collections.abc import Callable
from typing import Any

from gevent.queue import JoinableQueue

PACKETS = 2_000  # that may wait for a phone; one that lets more wait is dropped, and catches up by its cursor
LENGTH = 4_000_000  # characters that may wait for a phone
GOODBYE = 1.0  # seconds that whoever closes a connection waits for its last packets


class Outbox(JoinableQueue[Any]):
    """A queue that never makes anybody wait: a phone that does not read is dropped, and its queue emptied."""

    def __init__(self) -> None:
        super().__init__()
        self.overflow: Callable[[], None] = lambda: None
        self._length = 0

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Add a packet, or None to end; never waits and never raises."""
        waiting, self._length = self._length, self._length + _length(item)
        if self.qsize() >= PACKETS or (waiting and self._length > LENGTH):  # one packet alone may be of any length
            self._empty()
            self.overflow()
            item = None
        super().put(item, block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take the next packet; raises Empty."""
        item = super().get(block, timeout)
        self._length -= _length(item)
        return item

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the packets to be sent, but not for long: a phone that does not read must not hold up others."""
        return super().join(GOODBYE if timeout is None else timeout)

    def _empty(self) -> None:
        while not self.empty():
            super().get_nowait()
            self.task_done()
        self._length = 0


def _length(packet: Any) -> int:
    data = getattr(packet, "data", None)
    return len(data) if isinstance(data, str) else 0
