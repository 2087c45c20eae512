"""Saying goodbye to phones when a worker ends: each is told when to come back, so that not all come at once."""

import secrets

from websockets.frames import CloseCode

from server.realtime.transport.websocket import WebSocket

PER_SECOND = 200  # phones that are asked back: a worker lets in more than twice as many
LEAST = 500  # ms within which few phones are asked back


def drain() -> None:
    """Close every connection; a phone hears `restart {reconnect_in}` first, in ms, drawn by lot."""
    phones = list(WebSocket.connected.values())
    longest = max(LEAST, len(phones) * 1000 // PER_SECOND)
    for phone in phones:
        phone.send(f'42["restart",{{"reconnect_in":{secrets.randbelow(longest)}}}]')
        phone.close(CloseCode.SERVICE_RESTART, "restarting")
