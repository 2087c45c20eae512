"""Who is in which room of this worker, and on the bus what other workers need of that: python-socketio's managers.

`RoomManager` puts an event on the bus as it was written for this worker's own phones. `StockManager` lets
python-socketio's Redis queue carry events, which every worker decodes; it is here to be compared with.
"""

from typing import Any

from engineio.packet import MESSAGE
from engineio.packet import Packet as Frame
from socketio import Manager, RedisManager
from socketio.packet import EVENT

from server.bus import Bus
from server.bus.valkey import TIMEOUT


class TrackedRooms:
    """What both do: a room with a phone in it is held on the bus, and a phone that goes knows its rooms."""

    rooms: dict[str, dict[Any, Any]]

    def __init__(self, bus: Bus, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bus = bus
        self._rooms_of: dict[str, set[str]] = {}

    def basic_enter_room(self, sid: str, namespace: str, room: Any, eio_sid: str | None = None) -> None:
        """Let a phone into a room; with the first one this worker holds it."""
        is_new = room not in self.rooms.get(namespace, {})
        super().basic_enter_room(sid, namespace, room, eio_sid)  # type: ignore[misc]
        if room not in {None, sid}:
            self._rooms_of.setdefault(sid, set()).add(room)
            if is_new:
                self._bus.subscribe(room)

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        """Let a phone out of a room; with the last one this worker gives it up."""
        was_there = room in self.rooms.get(namespace, {})
        super().basic_leave_room(sid, namespace, room)  # type: ignore[misc]
        self._rooms_of.get(sid, set()).discard(room)
        if was_there and room not in {None, sid} and room not in self.rooms.get(namespace, {}):
            self._bus.unsubscribe(room)

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        """Let a phone out of its rooms. python-socketio would look into every room there is."""
        for room in (*self._rooms_of.pop(sid, ()), sid, None):
            self.basic_leave_room(sid, namespace, room)
        for pending in (self.pending_connect, self.pending_disconnect):  # type: ignore[attr-defined]
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)


class RoomManager(TrackedRooms, Manager):  # type: ignore[misc]  # python-socketio has no types
    """An event is written once: for the phones in a room here, and for the workers that hold it."""

    def __init__(self, bus: Bus) -> None:
        super().__init__(bus)
        bus.on("emit", self.deliver)

    def emit(self, event: str, data: Any, namespace: str, room: Any = None, **_: Any) -> None:
        """Send an event to a room, or to one phone of this worker by its session id."""
        text = self.server.packet_class(EVENT, namespace=namespace, data=[event, data]).encode()
        self.deliver(room, text)
        if not self.is_sid_room(namespace, room):
            self._bus.publish(room, "emit", text)

    def deliver(self, room: str, text: str) -> None:
        """Send a written event to this worker's phones in a room."""
        frame = Frame(MESSAGE, text)
        for _, eio_sid in self.get_participants("/", room):
            self.server._send_eio_packet(eio_sid, frame)  # noqa: SLF001 — as its own manager does


class StockManager(TrackedRooms, RedisManager):  # type: ignore[misc]
    """python-socketio's own: every event is published to all workers."""


def manager(bus: Bus, stock: str | None) -> Any:
    """Return the manager of a worker; ``stock`` is the address of Valkey if python-socketio's own is wanted."""
    if stock is None:
        return RoomManager(bus)
    return StockManager(bus, stock, redis_options={"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT})
