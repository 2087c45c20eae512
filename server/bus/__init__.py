"""The bus between workers. What is published in a room reaches the workers that are subscribed to it, and no others.

A worker is subscribed to a room as long as one of its phones is in it, or one of its streams follows it. Nothing that
matters is on the bus: what is stored is the truth, a live frame is a hint. So no worker waits for it for long, and what
may have been lost is made good by the phones, which are told to pull.
"""

import uuid
from collections.abc import Callable

Listener = Callable[[str, str], None]  # takes a room, and a text


class Bus:
    """The bus of a worker that is alone."""

    def __init__(self) -> None:
        self.worker = str(uuid.uuid4())  # a name that no other worker has

    def on(self, verb: str, listener: Listener) -> None:
        """Call this when others publish a verb; ``missed`` comes when something may not have arrived."""

    def start(self) -> None:
        """Begin to publish, and to receive."""

    def stop(self) -> None:
        """End it."""

    def subscribe(self, room: str) -> None:
        """Receive from now on what others publish in a room."""

    def unsubscribe(self, room: str) -> None:
        """Receive it no more."""

    def flush(self) -> None:
        """Wait, for a moment at most, until others know of the subscriptions."""

    def publish(self, room: str, verb: str, text: str = "") -> None:
        """Publish to the other workers that are subscribed to a room. ``text`` has no line breaks."""
