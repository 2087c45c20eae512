"""Telling a user what happened to their account, on all of their devices, and the security log with it."""

import uuid_utils

from server.backend import Backend
from server.observability.security_log import SecurityLog


class SecurityEvents:
    """Adds records of the kind `security_event` to the user's own space; their devices are notified of them."""

    def __init__(self, backend: Backend, security: SecurityLog) -> None:
        self._backend, self._security = backend, security

    def add(self, user: str, event: str, device: str | None = None, name: str = "", by: str | None = None) -> None:
        """Tell a user of an event. ``device`` and ``name`` say what it is about; raises TryLater.

        What cannot be undone is told before it is done: nothing happens that nobody is told of. ``by`` is the user who
        did it, if that is another one; only the security log has it.
        """
        args = {"user": user, "event": event, "device": device, "name": name}
        self._backend.order("security_event.add", args, str(uuid_utils.uuid7()))
        self._security.note(event, user=user, by=by or user, device=device)
