"""Beside without sealing: nothing is declared as content, so everything is stored as it is. Only for comparisons."""

from flask import Flask

import server.commands  # noqa: F401 — the import declares what is content
from schemas.content import CONTENT


def app() -> Flask:
    """Return the app to serve: `gunicorn 'bench.clear:app()'`."""
    CONTENT.clear()
    from wsgi import app as clear  # noqa: PLC0415 — it starts a server, which a mere import of this module must not

    return clear
