"""A database that stores nothing any more is restarted, once there is room for it."""

from typing import NamedTuple

import pytest

from server.embedded_database import write_probe
from server.embedded_database.write_probe import FAILED, ROOM, WriteProbe


class Usage(NamedTuple):
    """What `shutil.disk_usage` says."""

    free: int


class Stop(Exception):
    """Ends a probe that goes on for ever."""


@pytest.fixture
def probed(monkeypatch, tmp_path):
    """Return a function that lets writes succeed or fail, with so much room at each, and counts the restarts."""

    def run(writes, free=lambda _: ROOM + 1):
        restarts, results = [], iter(enumerate(writes))
        at = [0]

        def write(_self, _client):
            try:
                at[0], result = next(results)
            except StopIteration as error:
                raise Stop from error
            return result

        monkeypatch.setattr(WriteProbe, "_writes", write)
        monkeypatch.setattr(WriteProbe, "_keeps_destroyed", lambda *_: False)
        monkeypatch.setattr(write_probe, "EVERY", 0)
        monkeypatch.setattr(write_probe.shutil, "disk_usage", lambda _: Usage(free(at[0])))
        with pytest.raises(Stop):
            WriteProbe("mongodb://127.0.0.1:1", tmp_path, lambda: restarts.append(at[0])).run()
        return restarts

    return run


def test_a_database_that_works_is_left_alone(probed):
    assert probed([True] * 20) == []
    assert probed([False, False, False, True] * 5) == [], "it is only slow now and then"


def test_a_database_that_stores_nothing_is_restarted(probed):
    assert probed([True, *[False] * FAILED, True]) == [FAILED]


def test_it_is_restarted_only_once_there_is_room(probed):
    assert probed([False] * 20, free=lambda at: ROOM + 1 if at >= 15 else ROOM) == [15, 15 + FAILED]
