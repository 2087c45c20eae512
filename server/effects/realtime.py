"""Live frames: every change is shown at once to the connected phones that may see it."""

from collections.abc import Callable
from typing import Any

from server.records import Record, private


class Rooms:
    """Rooms of connected phones, one for each space and one for each device."""

    def __init__(self, server: Any) -> None:
        """Take python-socketio's server."""
        self._io = server

    def admit(self, record: Record) -> None:
        """Let a user's connected phones into the room of a space they joined, before anything of it is shown."""
        if record.kind == "membership" and not record.deleted:
            self._move(self._io.enter_room, record)

    def show(self, record: Record) -> None:
        """Send a change to every phone that may see it. A hint: who misses it pulls."""
        frame = {"space": record.space, "seq": record.seq, "change": record.change()}
        self._io.emit("change", frame, to=record.space)
        if record.kind == "membership" and record.deleted:
            self._move(self._io.leave_room, record)

    def is_connected(self, user: str) -> bool:
        """Tell whether a phone of a user is connected to this worker."""
        return bool(self._phones(private(user)))

    def sign_out(self, devices: list[str]) -> None:
        """Disconnect devices that have been signed out, now."""
        for device in devices:
            for sid in self._phones(f"device:{device}"):
                self._io.start_background_task(self._io.disconnect, sid)

    def _move(self, move: Callable[[str, str], None], membership: Record) -> None:
        for sid in self._phones(membership.space):
            move(sid, membership.id.replace(".", ":", 1))

    def _phones(self, room: str) -> list[str]:
        return [sid for sid, _ in self._io.manager.get_participants("/", room)]
