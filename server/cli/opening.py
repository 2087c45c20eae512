"""Opens the database of this server: the one that is running, or an embedded one that ends with this process."""

import atexit

from server.config import Config
from server.embedded_database.client import Embedded
from server.embedded_database.supervisor import running
from server.store.database import Mongo, connect
from server.store.topology import require_usable


def open_database(config: Config) -> Mongo:
    """Return the database; raises UnfitDatabase or Unusable, whose message says what to do.

    An embedded database that is started here is stopped when this process ends.
    """
    uri = config.mongodb_uri or running(config.data_dir)
    if uri is None:
        embedded = Embedded(config.data_dir.resolve())
        atexit.register(embedded.stop)
        database = connect(embedded.uri)
        atexit.register(database.client.close)  # runs before the database is stopped, which waits for its clients
    else:
        database = connect(uri)
    require_usable(database)
    return database
