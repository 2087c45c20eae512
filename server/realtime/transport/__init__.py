"""The WebSocket transport: frames, write buffers, limits, and draining."""
