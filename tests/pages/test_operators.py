"""The chapter for operators: every command in it works as it stands, and every command there is is in it."""

import re
import shlex

import pytest

from server.cli import GROUPS
from tests.conftest import PASSPHRASE, ROOT

pytestmark = pytest.mark.in_memory

CHAPTER = (ROOT / "docs/operations.md").read_text().partition("\n## For operators\n")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"^flask --app wsgi (.+)$", CHAPTER.partition("```sh")[2].partition("```")[0], re.MULTILINE)
ELSEWHERE = {"cohort", "match", "records", "seed"}  # groups that other documents describe


def test_the_chapter_names_every_command(world):
    named = {tuple(shlex.split(line)[:2]) for line in COMMANDS}
    groups = {name: world.parts.app.cli.get_command(None, name) for name in GROUPS.keys() - ELSEWHERE}
    assert named == {(name, command) for name, group in groups.items() for command in group.commands}


def test_every_command_of_the_chapter_works(world, monkeypatch):
    monkeypatch.setenv("PASSPHRASE", PASSPHRASE)
    for name, role in (("maya", "peer"), ("sam", "specialist"), ("sue", "supervisor")):
        world.person(name, role)
    for line in COMMANDS:
        done = world.parts.app.test_cli_runner().invoke(args=shlex.split(line, comments=True))
        assert done.exit_code == 0, (line, done.output)
        assert done.output.strip(), line


def test_every_row_of_the_api_is_an_endpoint(world):
    rows = re.findall(r"`(GET|POST|DELETE) (/[a-z/<>-]+)", CHAPTER)
    paths = {(method, rule.rule) for rule in world.parts.app.url_map.iter_rules() for method in rule.methods}
    assert len(rows) == 11
    assert {(method, f"/api/v1{path}") for method, path in rows} <= paths
