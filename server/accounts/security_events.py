"""Security events: they tell a user, on all devices, what happened to the account; the security log has them too."""

import uuid_utils

from server.backend import Backend
from server.observability.security_log import SecurityLog


class SecurityEvents:
    """Adds records of the kind `security_event` to the user's own space; their devices are notified of them."""

    def __init__(self, backend: Backend, security: SecurityLog) -> None:
        self._backend, self._security = backend, security

    def add(self, user: str, event: str, device: str | None = None, name: str = "", by: str | None = None) -> None:
        """Tell a user of an event. ``device`` and ``name`` say what it is about; raises TryLater.

        Call it before an act that cannot be undone: no such act then happens unless the user is told. ``by`` is the
        user who acts, if it is another one; only the security log has it.
        """
        args = {"user": user, "event": event, "device": device, "name": name}
        self._backend.order("security_event.add", args, str(uuid_utils.uuid7()))
        self._security.note(event, user=user, by=by or user, device=device)
