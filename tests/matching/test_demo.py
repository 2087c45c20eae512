"""Made-up people and a dry run: together they show a match, or say why there is none."""

import re

import pytest

from server.accounts import passphrases
from tests.conftest import HASHED

pytestmark = pytest.mark.in_memory


@pytest.fixture
def flask(world, monkeypatch):
    """Return a function that runs `flask …` and returns what it prints."""
    monkeypatch.setattr(passphrases, "hashed", lambda _: HASHED)  # hashing is slow on purpose

    def run(command: str) -> str:
        done = world.parts.app.test_cli_runner().invoke(args=command.split())
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_a_dry_run_shows_matches_of_made_up_people_and_proposes_nothing(flask, world):
    assert "4 specialists and 12 peers" in flask("seed demo")
    served, waiting = re.search(r"Served +(\d+) of (\d+)", said := flask("match run --dry-run")).groups()
    assert 0 < int(served) <= int(waiting)
    assert "A dry run: nothing was proposed." in said
    assert flask("match run --dry-run") == said
    assert not world.mongo.records.count_documents({"kind": "offer"})


def test_once_the_server_has_served_everybody_a_dry_run_says_so(flask, world):
    flask("seed demo")
    world.parts.scheduler.run()
    flask("match run")
    world.mongo.records.update_many(
        {"kind": "request", "data.mode": "first_who_can"}, {"$set": {"data.mode": "choose"}}
    )
    said = flask("match run --dry-run")
    assert "No peer waits for the first specialist who can. The requests by state: " in said
    assert re.search(r"\d+ offered", said)
    assert "by itself" in said


def test_without_anybody_a_dry_run_says_how_to_get_made_up_people(flask):
    assert "There is no request at all; `flask seed demo`" in flask("match run --dry-run")
