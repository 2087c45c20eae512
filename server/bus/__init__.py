"""The bus between workers. What is said in a room is heard by the other workers that hold it, and by no others.

A worker holds a room as long as one of its phones is in it, or one of its streams listens there. Nothing that matters
is on the bus: what is stored is the truth, a live frame is a hint. So nobody ever waits for it for long, and what may
have been lost is made good by the phones, which are told to pull.
"""

import uuid
from collections.abc import Callable

Listener = Callable[[str, str], None]  # takes a room, and a text


class Bus:
    """The bus of a worker that is alone."""

    def __init__(self) -> None:
        self.worker = str(uuid.uuid4())  # a name that no other worker has

    def listen(self, verb: str, listener: Listener) -> None:
        """Do this, too, when others say a verb; ``missed`` is said when something may not have been heard."""

    def start(self) -> None:
        """Begin to speak and to hear."""

    def stop(self) -> None:
        """End it."""

    def hold(self, room: str) -> None:
        """Hear from now on what others say in a room."""

    def release(self, room: str) -> None:
        """Hear it no more."""

    def settle(self) -> None:
        """Wait, for a moment at most, until others know what is held."""

    def say(self, room: str, verb: str, text: str = "") -> None:
        """Tell the other workers that hold a room. ``text`` has no line breaks."""
