"""Telling a user what happened to their account, on all of their devices."""

import uuid_utils

from server.backend import Backend


class SecurityEvents:
    """Adds records of the kind `security_event` to the user's own space; their devices are notified of them."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def add(self, user: str, event: str, device: str | None = None, name: str = "") -> None:
        """Tell a user of an event. ``device`` and ``name`` say what it is about; raises TryLater.

        What cannot be undone is told before it is done: nothing happens that nobody is told of.
        """
        args = {"user": user, "event": event, "device": device, "name": name}
        self._backend.order("security_event.add", args, str(uuid_utils.uuid7()))
