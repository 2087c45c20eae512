"""Pipelining: mutations that a phone sends without waiting for answers are decided together, as many as have arrived.

Nothing else changes: each mutation is answered in order, when its turn comes, with its own outcome.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from server.backend import Backend
from server.commands.context import URGENT_COMMAND, Caller
from server.realtime.packets import TolerantPacket
from server.realtime.transport.websocket import WebSocket
from server.store.in_flight import GROUP
from sync.record import Wire

MUTATE = re.compile(r'42\d+\["mutate",')  # the beginning of a message that holds a mutation and wants an answer


class Pipelining:
    """Keeps the outcomes of mutations that were decided before it was their turn to be answered."""

    def __init__(self, server: Any, backend: Backend) -> None:
        """Take python-socketio's server."""
        self._io, self._backend = server, backend
        self._outcomes: dict[str, list[tuple[Any, Wire]]] = {}  # by Socket.IO session id: (body, outcome)

    def mutate(self, sid: str, caller: Caller, body: Any) -> Wire:
        """Return a mutation's outcome. If it is not decided yet, decide it and the mutations that wait behind it."""
        known = self._outcomes.pop(sid, [])
        if not known or known[0][0] != body:
            bodies = [body, *islice(self._behind(sid), GROUP - 1)]
            known = list(zip(bodies, self._backend.mutate_all(caller, bodies), strict=True))
        if len(known) > 1:
            self._outcomes[sid] = known[1:]
        return known[0][1]

    def end(self, sid: str) -> None:
        """Forget the outcomes that a disconnected phone will not ask for."""
        self._outcomes.pop(sid, None)

    def _behind(self, sid: str) -> Iterator[Any]:
        """Yield the mutations that have arrived next, up to a call for help, which their failure must not hold up."""
        phone = WebSocket.connected.get(self._io.manager.eio_sid_from_sid(sid, "/"))
        for message in phone.arrived if phone is not None else ():
            body = _mutation(message)
            if body is None or body.get("name") == URGENT_COMMAND:
                return
            yield body


def _mutation(message: Any) -> dict[str, Any] | None:
    """Return the mutation in a message from a phone; None if the message is anything else."""
    if not isinstance(message, str) or not MUTATE.match(message):
        return None
    match TolerantPacket(encoded_packet=message[1:]).data:
        case ["mutate", dict() as body]:
            return body
    return None
