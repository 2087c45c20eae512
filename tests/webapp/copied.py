"""Beside with a copy of the web app, so that a test can make a newer version of it: WEB_APP_COPY says where it is."""

import os
from pathlib import Path

from server.web import app_files

app_files.FOLDER = Path(os.environ["WEB_APP_COPY"])

from wsgi import app  # noqa: E402, F401 — gunicorn serves it
