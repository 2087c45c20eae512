"""A server with short heartbeats: `gunicorn tests.live.hasty:app` is the bare app with a short ping interval."""

from bench.bare import app, io

__all__ = ["app"]

io.eio.ping_interval, io.eio.ping_timeout = 0.2, 2
