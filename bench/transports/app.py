"""`gunicorn bench.transports.app:app` is the bare app on the transport that TRANSPORT names."""

import os

from engineio.async_drivers.gevent import _async

from bench.bare import app, io
from bench.transports import GEVENT, LEAN, OURS, REPAIRED, SIMPLE, STOCK, lean, theirs
from server.realtime.transport import websocket

__all__ = ["app"]


THEIRS = {GEVENT: theirs.Gevent, SIMPLE: _async["websocket"], REPAIRED: theirs.Repaired, STOCK: theirs.Stock}

_name = os.environ["TRANSPORT"]
if _name == LEAN:
    websocket.Frames, websocket.framed = lean.Frames, lean.framed  # type: ignore[misc, assignment]
elif _name != OURS:
    io.eio._async = {**_async, "websocket": THEIRS[_name]}
    io.eio.on("connect", io._handle_eio_connect)  # this handler also sends pings, which our transport sends itself
