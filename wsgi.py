"""The entry point: `gunicorn wsgi:app` serves, `flask --app wsgi …` administers."""

import atexit
import os

from server import config
from server.app import create_app
from server.data_directory import UMASK
from server.embedded_database.client import Embedded
from server.embedded_database.supervisor import running
from server.observability import logs
from server.store.database import connect

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

app = create_app(settings, connect(uri))
