"""Live frames: every change is shown at once to the connected phones that may see it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from server.bus import Bus
from sync.record import Record, membership_space

Move = Callable[[str, str], None]  # takes a phone's session id, and a room

TOLD, PAUSE = 50, 0.1  # phones that are sent `missed` at once, and the seconds before the next ones


class Rooms:
    """Rooms of connected phones, one for each space and one for each device."""

    def __init__(self, server: Any, bus: Bus) -> None:
        """Take python-socketio's server, and the bus to other workers."""
        self._io, self._bus = server, bus
        bus.on("join", partial(self._move, server.enter_room))
        bus.on("leave", partial(self._move, server.leave_room))
        bus.on("end", lambda room, _: self._end(room))
        bus.on("missed", lambda *_: server.start_background_task(self._hint))

    def admit(self, record: Record) -> None:
        """Add a user's connected phones to the room of a space that the user joined, before its changes are shown."""
        if record.kind == "membership" and not record.deleted:
            self._move_everywhere("join", self._io.enter_room, record)

    def show(self, record: Record) -> None:
        """Send a change to every phone that may see it. The frame is a hint: a phone that misses it pulls."""
        frame = {"space": record.space, "seq": record.seq, "change": record.change()}
        self._io.emit("change", frame, to=record.space)
        if record.kind == "membership" and record.deleted:
            self._move_everywhere("leave", self._io.leave_room, record)

    def connected(self, rooms: Sequence[str]) -> set[str]:
        """Return those of the rooms that have a connected phone on any worker.

        While the bus is down, only this worker's phones are known.
        """
        here = {room for room in rooms if self._phones(room)}
        return here | self._bus.held([room for room in rooms if room not in here])

    def sign_out(self, devices: list[str]) -> None:
        """Disconnect devices that have been signed out, at once, on every worker."""
        for device in devices:
            self._end(f"device:{device}")
            self._bus.publish(f"device:{device}", "end")

    def _move_everywhere(self, verb: str, move: Move, membership: Record) -> None:
        """Move a user's phones into or out of the room of a space, whichever worker they are connected to."""
        space = membership_space(membership)
        self._move(move, membership.space, space)
        self._bus.publish(membership.space, verb, space)

    def _move(self, move: Move, room: str, space: str) -> None:
        for sid in self._phones(room):
            move(sid, space)

    def _end(self, room: str) -> None:
        for sid in self._phones(room):
            self._io.start_background_task(self._io.disconnect, sid)

    def _hint(self) -> None:
        """Tell this worker's phones that they may have missed changes; not all at once, as each of them then pulls."""
        sids = [sid for sid, _ in self._io.manager.get_participants("/", None)]
        for number, sid in enumerate(sids):
            self._io.emit("missed", {}, to=sid)
            if number % TOLD == TOLD - 1:
                self._io.sleep(PAUSE)

    def _phones(self, room: str) -> list[str]:
        return [sid for sid, _ in self._io.manager.get_participants("/", room)]
