"""The bus between workers. A message in a room reaches the workers that are subscribed to the room, and no others.

A worker is subscribed to a room as long as one of its phones is in the room, or one of its streams follows it. The bus
may lose messages: the store has every change, and a live frame is only a hint. So no worker waits long for the bus, and
phones are told to pull when messages may have been lost.
"""

import uuid
from collections.abc import Callable, Sequence

Listener = Callable[[str, str], None]  # takes a room, and a text


class Bus:
    """The bus of a single worker: there is no other worker to reach."""

    def __init__(self) -> None:
        self.worker = str(uuid.uuid4())  # a name that no other worker has

    def on(self, verb: str, listener: Listener) -> None:
        """Call a listener when other workers publish a verb; ``missed`` means that messages may have been lost."""

    def start(self) -> None:
        """Start publishing and receiving."""

    def stop(self) -> None:
        """Stop publishing and receiving."""

    def subscribe(self, room: str) -> None:
        """Receive from now on what other workers publish in a room."""

    def unsubscribe(self, room: str) -> None:
        """Stop receiving what other workers publish in a room."""

    def flush(self) -> None:
        """Wait, for a short time at most, until this worker's subscriptions are in force."""

    def publish(self, room: str, verb: str, text: str = "") -> None:
        """Publish to the other workers that are subscribed to a room. ``text`` has no line breaks."""

    def held(self, rooms: Sequence[str]) -> set[str]:  # noqa: ARG002 — there is no other worker to ask about
        """Return those of the rooms to which a worker is subscribed: phones of that worker are in them."""
        return set()
