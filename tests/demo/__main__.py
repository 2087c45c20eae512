"""Tell both stories: `python -m tests.demo`."""

import tempfile
from pathlib import Path

from pymongo import MongoClient

from server.embedded_database.client import Embedded
from server.store.database import NAME, database
from tests.conftest import Running
from tests.demo import first, second
from tests.demo.actors import title


def main() -> None:
    """Start a database in a temporary directory, and tell the stories on it."""
    with tempfile.TemporaryDirectory() as directory:
        embedded = Embedded(Path(directory))
        try:
            with MongoClient(embedded.uri) as client:
                title(
                    "Ann and Sam",
                    "Two people, three phones, and a bad network",
                )
                server = Running(database(client, NAME), MONGODB_URI=embedded.uri, DATA_DIR=directory)
                try:
                    first.tell(server)
                finally:
                    server.stop()
                title("Mara and Tom", "Three months between two people, from the first word to the last")
                second.tell(database(client, "months"))
        finally:
            embedded.stop()


if __name__ == "__main__":
    main()
