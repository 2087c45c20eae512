"""A server whose workers need as long to start as a test likes: `gunicorn tests.live.gated:app` waits for a file."""

import os
import time
from pathlib import Path

while not Path(os.environ["DATA_DIR"], "gate").exists():
    time.sleep(0.01)

from wsgi import app  # noqa: E402 — that is the point

__all__ = ["app"]
