"""Live frames: every change is shown at once to the connected phones that may see it."""

from typing import Any

from server.records import Record


class Rooms:
    """Rooms of connected phones, one for each space and one for each device."""

    def __init__(self, server: Any) -> None:
        """Take python-socketio's server."""
        self._io = server

    def show(self, record: Record) -> None:
        """Send a change to every phone that may see it. A hint: who misses it pulls."""
        if record.kind == "membership":
            self._follow(record)
        frame = {"space": record.space, "seq": record.seq, "change": record.change()}
        self._io.emit("change", frame, to=record.space)

    def sign_out(self, devices: list[str]) -> None:
        """Disconnect devices that have been signed out, now."""
        for device in devices:
            for sid in self._phones(f"device:{device}"):
                self._io.start_background_task(self._io.disconnect, sid)

    def _follow(self, membership: Record) -> None:
        """Let a user's connected phones into the room of a space they joined, or out of one they left."""
        move = self._io.leave_room if membership.deleted else self._io.enter_room
        for sid in self._phones(membership.space):
            move(sid, membership.id.replace(".", ":", 1))

    def _phones(self, room: str) -> list[str]:
        return [sid for sid, _ in self._io.manager.get_participants("/", room)]
