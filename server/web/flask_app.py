"""The Flask app, and the compression of its answers."""

from contextvars import copy_context

import gevent
from flask import Flask, Response
from flask_compress import Compress
from gevent.monkey import is_module_patched

LARGE = 50_000  # bytes of an answer that take a millisecond or more to compress: a thread does it


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
