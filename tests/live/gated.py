"""A server whose workers start when a test lets them: `gunicorn tests.live.gated:app` waits for a file."""

import os
import time
from pathlib import Path

while not Path(os.environ["DATA_DIR"], "gate").exists():
    time.sleep(0.01)

from wsgi import app  # noqa: E402 — the import waits for the file

__all__ = ["app"]
