"""The embedded database keeps a destroyed key neither in its logs nor in its files."""

import contextlib
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from server.embedded_database import write_probe
from server.embedded_database.supervisor import Supervisor
from server.sealing.parts import Owner
from server.store.database import database
from sync.record import Record
from tests.sealed import records_of
from tests.waiting import until

ANN = Owner("ann", "user:ann")


def test_a_key_that_was_destroyed_is_nowhere_in_the_files(tmp_path, monkeypatch):
    monkeypatch.setattr(write_probe, "EVERY", 0.1)
    monkeypatch.setattr(write_probe, "FORGET", 0.0)
    supervisor = Supervisor(tmp_path)
    try:
        with MongoClient(supervisor.start()) as client:
            records = records_of(database(client, "beside"))
            records.encode([Record("n1", "note", "user:ann", "ann", {"body": "mine"})])
            [row] = records.database["keys"].find({"_id": records.keys.id_of(ANN)})

            def has(path: Path) -> bool:
                try:
                    return row["wrapped"] in path.read_bytes()
                except OSError:  # a directory, or a file that has just gone
                    return False

            def is_kept() -> bool:
                return any(map(has, (tmp_path / "db").rglob("*")))

            def answers() -> bool:
                with contextlib.suppress(PyMongoError):
                    return records.database["keys"].find_one({"_id": "destroyed"}) is not None
                return False

            assert is_kept(), "need a log for this test to mean anything"
            records.keys.destroy([ANN])
            until(lambda: not is_kept())
            until(answers)
    finally:
        supervisor.stop()
