"""The manager of python-socketio: the phones in each room of this worker, and its subscriptions on the bus."""

from typing import Any

from engineio.packet import MESSAGE
from engineio.packet import Packet as Frame
from socketio import Manager
from socketio.packet import EVENT

from server.bus import Bus


class RoomManager(Manager):  # type: ignore[misc]  # python-socketio has no types
    """Subscribes on the bus to every room with a phone in it, and remembers the rooms of each phone.

    An event is encoded once: for this worker's phones in a room, and for the other workers that subscribe to the room.
    """

    rooms: dict[str, dict[Any, Any]]

    def __init__(self, bus: Bus) -> None:
        super().__init__()
        self._bus = bus
        self._rooms_of: dict[str, set[str]] = {}
        bus.on("emit", self.deliver)

    def basic_enter_room(self, sid: str, namespace: str, room: Any, eio_sid: str | None = None) -> None:
        """Let a phone into a room; with the first phone, this worker subscribes to the room."""
        is_new = room not in self.rooms.get(namespace, {})
        super().basic_enter_room(sid, namespace, room, eio_sid)
        if room not in {None, sid}:
            self._rooms_of.setdefault(sid, set()).add(room)
            if is_new:
                self._bus.subscribe(room)

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        """Let a phone out of a room; with the last phone, this worker unsubscribes from the room."""
        was_there = room in self.rooms.get(namespace, {})
        super().basic_leave_room(sid, namespace, room)
        self._rooms_of.get(sid, set()).discard(room)
        if was_there and room not in {None, sid} and room not in self.rooms.get(namespace, {}):
            self._bus.unsubscribe(room)

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        """Let a phone out of its rooms. python-socketio itself would search every room of the worker."""
        for room in (*self._rooms_of.pop(sid, ()), sid, None):
            self.basic_leave_room(sid, namespace, room)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)

    def emit(self, event: str, data: Any, namespace: str, room: Any = None, **_: Any) -> None:
        """Send an event to a room, or to one phone of this worker by its session id."""
        text = self.server.packet_class(EVENT, namespace=namespace, data=[event, data]).encode()
        self.deliver(room, text)
        if not self.is_sid_room(namespace, room):
            self._bus.publish(room, "emit", text)

    def deliver(self, room: str, text: str) -> None:
        """Send an encoded event to this worker's phones in a room."""
        frame = Frame(MESSAGE, text)
        for _, eio_sid in self.get_participants("/", room):
            self.server._send_eio_packet(eio_sid, frame)  # noqa: SLF001 — as its own manager does
