"""The packets that wait for one phone, and how many may."""

from collections.abc import Callable
from typing import Any

from gevent.queue import JoinableQueue

PACKETS = 2_000  # that may wait for a phone; one that lets more wait is dropped, and catches up by its cursor
LENGTH = 4_000_000  # characters that may wait for a phone
GOODBYE = 1.0  # seconds that whoever closes a connection waits for its last packets


class Outbox(JoinableQueue[Any]):
    """A queue that never makes anybody wait: a phone that does not read is dropped, and its queue emptied.

    A packet that the phone can take at once never lies in it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._length = 0
        self.serve(lambda _: False, lambda: None)

    def serve(self, offer: Callable[[Any], bool], overflow: Callable[[], None]) -> None:
        """Begin to send: what sends a packet at once if it can, and what to do if too many wait."""
        self._offer, self._overflow = offer, overflow

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Send a packet, or add it; None is added to end. Never waits and never raises."""
        if item is not None and self.empty() and self._offer(item):
            return
        waiting, self._length = self._length, self._length + _length(item)
        if self.qsize() >= PACKETS or (waiting and self._length > LENGTH):  # one packet alone may be of any length
            self._empty()
            self._overflow()
            item = None
        super().put(item, block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take the next packet; raises Empty if told not to wait for it. Pings tell whether a phone is still there."""
        item = super().get(block)
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
