"""The chapter for operators: every command in it works as it stands, and every command there is is in it."""

import json
import re
import shlex

import pytest

from server.cli import GROUPS
from tests.conftest import PASSPHRASE, ROOT

pytestmark = pytest.mark.in_memory

CHAPTER = (ROOT / "docs/operations.md").read_text().partition("\n## For operators\n")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"^flask --app wsgi (.+)$", CHAPTER.partition("```sh")[2].partition("```")[0], re.MULTILINE)
ELSEWHERE = {"cohort", "figures", "match", "records", "seed"}  # what other documents describe


def test_the_chapter_names_every_command(world):
    named = {tuple(shlex.split(line)[:2]) for line in COMMANDS}
    groups = {name: world.parts.app.cli.get_command(None, name) for name in GROUPS.keys() - ELSEWHERE}
    assert named == {(name, command) for name, group in groups.items() for command in group.commands}


def test_every_command_of_the_chapter_works(world, monkeypatch):
    monkeypatch.setenv("PASSPHRASE", PASSPHRASE)
    for name, role in (("maya", "peer"), ("sam", "specialist"), ("sue", "supervisor")):
        world.person(name, role)
    max_, olga = world.phone(world.person("max")), world.phone(world.person("olga", "operator"))
    for line in COMMANDS:
        if line.startswith("moderation decide"):
            assert olga.do("sanction.impose", handle="max", action="warned", words="x")["ok"]
        if "4kq…" in line:
            max_.sync()
            name = max_.records("sanction")[-1]["id"]
            if "decide" in line:
                assert max_.do("sanction.appeal", id=name, words="x")["ok"]
            line = line.replace("4kq…", name)  # noqa: PLW2901 — the id that this sanction has here
        done = world.parts.app.test_cli_runner().invoke(args=shlex.split(line, comments=True))
        assert done.exit_code == 0, (line, done.output)
        assert done.output.strip(), line


def test_every_row_of_the_api_is_an_endpoint(world):
    rows = re.findall(r"`(GET|POST|DELETE) (/[a-z/<>-]+)", CHAPTER)
    paths = {(method, rule.rule) for rule in world.parts.app.url_map.iter_rules() for method in rule.methods}
    assert len(rows) == 13
    assert {(method, f"/api/v1{path}") for method, path in rows} <= paths


def test_every_command_answers_in_json_as_well(world, tmp_path):
    cohort = tmp_path / "cohort.json"
    cohort.write_text('{"peers": {"a": ["s"]}, "specialists": {"s": ["a"]}, "capacities": {"s": 1}}')
    elsewhere = [
        "seed demo", "match run --dry-run", "match check", "records migrations", "records expire user:nobody 1",
        "figures", f"cohort match {cohort}", f"cohort explain {cohort} a s",
    ]  # fmt: skip
    for line in elsewhere:
        done = world.parts.app.test_cli_runner().invoke(args=[*shlex.split(line), "--json"])
        assert done.exit_code == 0, (line, done.output)
        assert isinstance(json.loads(done.stdout), dict), line


def test_no_command_is_without_json(world):
    groups = [world.parts.app.cli.get_command(None, name) for name in GROUPS]
    commands = [one for group in groups for one in getattr(group, "commands", {"": group}).values()]
    assert len(commands) > 30
    assert [one.name for one in commands if "--json" not in {name for each in one.params for name in each.opts}] == []
