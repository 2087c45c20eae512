"""The command line without a database: what went wrong is one sentence, and the exit code says so."""

import pytest
from pymongo.errors import ServerSelectionTimeoutError

from schemas.errors import TryLater
from server.cli import command_line
from server.cli.on_call import _in_words, _spans
from server.cli.tools import Tools
from server.embedded_database.client import Unusable
from server.store.topology import UnfitDatabase
from tests.conftest import CONFIG, START


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UnfitDatabase("It is no replica set."), "It is no replica set."),
        (Unusable("The directory is in use."), "The directory is in use."),
        (ServerSelectionTimeoutError("gone"), "The database does not answer; is it running?"),
        (TryLater("The disk is full.", field="disk"), "disk: The disk is full."),
    ],
)
def test_an_error_is_a_sentence_and_no_traceback(error, said):
    def fails():
        raise error

    done = command_line(Tools(CONFIG, fails, lambda: START)).test_cli_runner().invoke(args=["user", "list"])
    assert (done.exit_code, done.output) == (1, f"Error: {said}\n")


@pytest.mark.parametrize(
    ("text", "weekly"),
    [
        ("mon 9:00-17:00", [[0, 540, 1020]]),
        (" Sat-Mon 0:00-24:00", [[5, 0, 1440], [6, 0, 1440], [0, 0, 1440]]),
    ],
)
def test_hours_are_read_as_people_write_them(text, weekly):
    assert _spans(text) == weekly
    assert [span for part in _in_words(weekly).split("; ") for span in _read(part)] == weekly


def _read(words):
    *days, hours = words.split()
    return [span for day in days for span in _spans(f"{day} {hours}")]
