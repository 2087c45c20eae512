"""The WebSocket itself: frames, writing, limits, and closing in good order."""
