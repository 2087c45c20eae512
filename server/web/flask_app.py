"""The Flask app: the compression of its answers, and their default security headers."""

from contextvars import copy_context

import gevent
from flask import Flask, Response
from flask_compress import Compress
from gevent.monkey import is_module_patched

LARGE = 50_000  # bytes of an answer that take a millisecond or more to compress: a thread does it
SAFE = {  # no other site may use an answer, no cache store it, no browser guess its type
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Compression(Compress):
    """Compresses answers; large ones in a thread of gevent's pool, so that the worker serves others meanwhile."""

    def after_request(self, response: Response | None) -> Response:
        """Compress an answer if its client accepts that."""
        compress = super().after_request
        is_large = response is not None and not response.is_streamed and (response.content_length or 0) >= LARGE
        if is_large and is_module_patched("time"):
            compressed: Response = gevent.get_hub().threadpool.apply(copy_context().run, (compress, response))
            return compressed
        return compress(response)


def flask_app() -> Flask:
    """Return a Flask app without routes that compresses its answers."""
    app = Flask("beside", static_folder=None)
    app.config["COMPRESS_MIMETYPES"] = ["application/json"]  # JSON only, not the megabytes of scripts
    app.config["COMPRESS_MIN_SIZE"] = 1024
    app.config["COMPRESS_ALGORITHM_STREAMING"] = ["zstd", "br", "gzip", "deflate"]
    app.config["COMPRESS_BR_WINDOW"] = 18  # with a larger window, brotli holds back the first 9 MB of a stream
    Compression(app)
    return app


def safe(response: Response) -> Response:
    """Add the headers that an answer does not have yet."""
    for name, value in SAFE.items():
        response.headers.setdefault(name, value)
    return response
