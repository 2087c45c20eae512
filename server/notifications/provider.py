"""The port to push services. A provider takes a device's token and a payload that says nothing about any person."""

from collections import deque
from typing import NamedTuple, Protocol

from sync.record import Wire

KEPT = 1_000  # payloads that the recorder keeps


class Sent(NamedTuple):
    """A payload on its way to a device."""

    platform: str
    token: str
    payload: Wire


class Gone(Exception):
    """The token is not valid any more: the app was removed, or has another token."""


class Provider(Protocol):
    """Sends payloads ``{what, badge, collapse}`` to devices; ``what`` is "new", "urgent" or, with no sound, "badge"."""

    def send(self, sent: Sent) -> None:
        """Send a payload; raises Gone if the token is not valid any more, anything else if a retry makes sense."""


class Recorder:
    """Sends nothing, and keeps the last payloads: for development, and for tests."""

    def __init__(self) -> None:
        self.sent: deque[Sent] = deque(maxlen=KEPT)

    def send(self, sent: Sent) -> None:
        """Remember a payload."""
        self.sent.append(sent)
