"""Which answers are compressed, and how."""

from flask import Flask
from flask_compress import Compress


def compress(app: Flask) -> Flask:
    """Set an app up for compression, and return it."""
    app.config["COMPRESS_MIMETYPES"] = ["application/json"]  # JSON only, not the megabytes of scripts
    app.config["COMPRESS_MIN_SIZE"] = 1024
    app.config["COMPRESS_ALGORITHM_STREAMING"] = ["zstd", "br", "gzip", "deflate"]
    app.config["COMPRESS_BR_WINDOW"] = 18  # with a larger window, brotli holds back the first 9 MB of a stream
    Compress(app)
    return app
