"""The Flask app, and which of its answers are compressed."""

from flask import Flask
from flask_compress import Compress


def flask_app() -> Flask:
    """Return a Flask app without routes that compresses its answers."""
    app = Flask("beside", static_folder=None)
    app.config["COMPRESS_MIMETYPES"] = ["application/json"]  # JSON only, not the megabytes of scripts
    app.config["COMPRESS_MIN_SIZE"] = 1024
    app.config["COMPRESS_ALGORITHM_STREAMING"] = ["zstd", "br", "gzip", "deflate"]
    app.config["COMPRESS_BR_WINDOW"] = 18  # with a larger window, brotli holds back the first 9 MB of a stream
    Compress(app)
    return app
