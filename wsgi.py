"""The entry point: `gunicorn wsgi:app` serves, `flask --app wsgi …` administers."""

import atexit
import os
import sys

from server import config
from server.app import create_app
from server.data_directory import UMASK
from server.embedded_database.client import Embedded
from server.embedded_database.supervisor import running
from server.observability import logs
from server.store.database import connect
from server.store.topology import UnfitDatabase

NOT_LOADED = 4  # the code by which gunicorn's arbiter knows that a new worker would fail alike: it ends

os.umask(UMASK)  # only the operator may read the files that commands write
settings = config.require()
logs.configure(settings.log_level)
uri = settings.mongodb_uri

if uri is None:  # gunicorn.conf.py sets MONGODB_URI; so this is an operator's command
    uri = running(settings.data_dir)
    if uri is None:
        embedded = Embedded(settings.data_dir.resolve())
        atexit.register(embedded.stop)
        uri = embedded.uri

try:
    app = create_app(settings, connect(uri))
except UnfitDatabase as error:
    sys.stderr.write(f"Beside cannot start. {error}\n")
    sys.exit(NOT_LOADED)
