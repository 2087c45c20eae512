"""The role that a server reports to its clients: a primary that is away for a time, a mongos, or a standalone."""

import math
import threading
import time

from bson.timestamp import Timestamp

from tests.faults.wire import Body, without
from tests.faults.wire_errors import error

HELLO = {"hello", "isMaster", "ismaster"}
HANDSHAKE = HELLO | {"saslStart", "saslContinue"}  # commands that a server answers even if it is not the primary
OF_A_SET = {"setName", "setVersion", "hosts", "passives", "arbiters", "primary", "me", "secondary", "electionId"}
# With a topologyVersion, pymongo waits for the server to report a change. The proxy reports none and must be polled.
NEVER_SAID = {"topologyVersion", "compression"}
TIMES = {"operationTime", "$clusterTime"}  # a standalone server has none
UNSIGNED = {"hash": bytes(20), "keyId": 0}
NOT_PRIMARY = error(10107, "not primary")
NO_TRANSACTIONS = error(20, "Transaction numbers are only allowed on a replica set member or mongos")


class LogicalTime:
    """A cluster time that is later at every tick, and never behind the server's.

    The cluster time of the embedded database moves with writes only: a read and the commit after it have the same.
    """

    def __init__(self) -> None:
        self._last, self._lock = 0, threading.Lock()

    def tick(self, least: Timestamp | None = None) -> Timestamp:
        """Return the next time, which is after all before it and after ``least``."""
        with self._lock:
            self._last = max(self._last, 0 if least is None else (least.time << 32) + least.inc) + 1
            return Timestamp(self._last >> 32, self._last & 0xFFFF_FFFF)


class Role:
    """What a server is now; it stays so for clients that have connected."""

    def __init__(self, address: str) -> None:
        self.kind, self.away_until = "replica set", -math.inf  # or "router", "standalone"; by the monotonic clock
        self._address, self._time = address, LogicalTime()
        self.tick = self._time.tick

    @property
    def is_away(self) -> bool:
        """Whether this is no primary for a time."""
        return time.monotonic() < self.away_until

    def find_refusal(self, body: Body) -> Body | None:
        """Return the error with which this role refuses a command, or None."""
        if self.is_away and next(iter(body)) not in HANDSHAKE:
            return NOT_PRIMARY
        return NO_TRANSACTIONS if self.kind == "standalone" and "txnNumber" in body else None

    def stamped(self, reply: Body) -> Body:
        """Return a reply with the proxy's time in place of the server's."""
        if self.kind == "standalone":
            return without(reply, TIMES)
        now = self.tick(reply.get("operationTime"))
        return {**reply, "operationTime": now, "$clusterTime": {"clusterTime": now, "signature": UNSIGNED}}

    def introduced(self, reply: Body) -> Body:
        """Return the answer to a hello as this server gives it."""
        reply = without(reply, NEVER_SAID)
        if self.kind == "router":
            return {**without(reply, OF_A_SET), "msg": "isdbgrid"}
        if self.kind == "standalone" or "setName" not in reply:
            return without(reply, OF_A_SET)
        reply |= {"hosts": [self._address], "me": self._address, "primary": self._address}
        if self.is_away:
            return {**without(reply, {"primary"}), "isWritablePrimary": False, "ismaster": False, "secondary": True}
        return reply
