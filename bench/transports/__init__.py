"""Other WebSocket transports for the same server, to compare ours with."""

GEVENT, SIMPLE, REPAIRED = "gevent-websocket", "simple-websocket", "simple-websocket, repaired"
STOCK, OURS, LEAN = "websockets, Engine.IO's handler", "websockets, ours", "lean, ours"
