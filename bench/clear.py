"""Beside without sealing: nothing is declared as content, so everything is stored as it is. Only for comparisons."""

import server.commands  # noqa: F401 — the import declares what is content
from schemas.content import CONTENT

CONTENT.clear()

from wsgi import app  # noqa: E402

__all__ = ["app"]
