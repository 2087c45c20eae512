"""How many WebSockets one address, one device and one account may have open on a worker."""

from collections import defaultdict
from typing import TYPE_CHECKING

from server.accounts.rate_limits import origin
from server.limits.settings import Limits

if TYPE_CHECKING:
    from server.realtime.transport.websocket import WebSocket


class ConnectionLimits:
    """The open WebSockets of this worker, counted by address, by device and by account.

    One too many from an address is refused. One too many of a device or an account closes the oldest, which is most
    likely dead: the phone has lost its network, and has reconnected.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits, self.connect_within = limits, float(limits.seconds_to_connect)
        self._addresses: defaultdict[str, int] = defaultdict(int)
        self._owned: defaultdict[str, dict[WebSocket, None]] = defaultdict(dict)  # by device, and by account

    def open(self, address: str) -> bool:
        """Count a connection from an address; return False, and do not count it, if there are too many."""
        name, most = origin(address), self._limits.connections_per_address
        if most and self._addresses[name] >= most:
            return False
        self._addresses[name] += 1
        return True

    def close(self, address: str) -> None:
        """Stop counting a connection from an address."""
        name = origin(address)
        self._addresses[name] -= 1
        if not self._addresses[name]:
            del self._addresses[name]

    def let_in(self, socket: "WebSocket", user: str, device: str) -> "list[WebSocket]":
        """Count the connection of a phone; return the oldest ones, to be closed, of each limit that is exceeded now."""
        of_device, of_account = self._owned[_device(device)], self._owned[_account(user)]
        of_device[socket] = of_account[socket] = None
        too_many: list[WebSocket] = []
        for owned, most in (
            (of_device, self._limits.connections_per_device),
            (of_account, self._limits.connections_per_account),
        ):
            if most and len(owned) > most:
                oldest = next(iter(owned))
                too_many.append(oldest)
                for count in (of_device, of_account):
                    count.pop(oldest, None)  # so that it counts no more, and is not chosen again, while it closes
        return too_many

    def unfinished(self, user: str) -> int:
        """Return the bytes that the connections of an account hold of incomplete messages."""
        return sum(socket.unfinished for socket in self._owned[_account(user)])

    def let_out(self, socket: "WebSocket", user: str, device: str) -> None:
        """Stop counting the connection of a phone."""
        for name in (_device(device), _account(user)):
            self._owned[name].pop(socket, None)
            if not self._owned[name]:
                del self._owned[name]


def _device(device: str) -> str:
    return f"device {device}"


def _account(user: str) -> str:
    return f"account {user}"
