"""A server whose heart beats fast: `gunicorn tests.live.hasty:app` is the bare app, without its patience."""

from bench.bare import app, io

__all__ = ["app"]

io.eio.ping_interval, io.eio.ping_timeout = 0.2, 2
