"""Drains the connections of a stopping worker: each phone is told when to reconnect, so that not all do so at once."""

import secrets

from websockets.frames import CloseCode

from server.realtime.transport.websocket import WebSocket

PER_SECOND = 200  # phones that are told to reconnect in one second: a worker lets in more than twice as many
LEAST = 500  # ms over which even a few phones are spread


def drain() -> None:
    """Close every connection; each phone is first sent `restart {reconnect_in}`, a random delay in ms."""
    phones = list(WebSocket.connected.values())
    longest = max(LEAST, len(phones) * 1000 // PER_SECOND)
    for phone in phones:
        phone.send(f'42["restart",{{"reconnect_in":{secrets.randbelow(longest)}}}]')
        phone.close(CloseCode.SERVICE_RESTART, "restarting")
