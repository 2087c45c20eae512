"""What the documents say is true: their examples are run against a running server."""

import json
import os
import re
import shutil
import subprocess
import sys
from typing import Any

import httpx
import orjson
import pytest

from schemas.errors import CATALOG
from tests.conftest import PASSPHRASE, ROOT

README, PROTOCOL = (ROOT / "README.md").read_text(), (ROOT / "docs/protocol.md").read_text()
ANYTHING = "…"
EXAMPLE = re.compile(r"```http\n(.*?)```\n```json ?(\w*)\n(.*?)```", re.DOTALL)
TOUR = re.compile(r"```(\w+)\n(?:#|//) tour: (.*?)\n(.*?)```", re.DOTALL)


def like(said: Any, pattern: Any) -> bool:
    """Tell whether an answer is what the document shows; '…' stands for anything."""
    if pattern == ANYTHING:
        return True
    if isinstance(pattern, dict) and isinstance(said, dict):
        return said.keys() == pattern.keys() and all(like(said[name], pattern[name]) for name in pattern)
    if isinstance(pattern, list) and isinstance(said, list):
        return pattern == [ANYTHING] or (len(said) == len(pattern) and all(map(like, said, pattern)))
    return bool(said == pattern)


def filled(text: str, known: dict[str, Any]) -> str:
    """Put what earlier answers brought into a request: `{ann.access_token}`."""

    def find(match: re.Match[str]) -> str:
        value: Any = known
        for part in match[1].split("."):
            value = value[int(part)] if part.isdigit() else value[part]
        return str(value)

    return re.sub(r"\{(\w+(?:\.\w+)+)\}", find, text)


def test_every_example_of_the_protocol_does_what_it_says(server, online):
    known: dict[str, Any] = {"sam": online("specialist").tokens}
    examples = EXAMPLE.findall(PROTOCOL)
    assert len(examples) >= 10
    for asked, name, shown in examples:
        head, _, body = filled(asked, known).partition("\n\n")
        first, *headers = head.splitlines()
        method, path = first.split(" ")
        answer = httpx.request(
            method,
            f"{server.address}{path}",
            content=body.encode(),
            headers=dict(header.split(": ", 1) for header in headers),
            timeout=60,
        ).json()
        assert like(answer, json.loads(shown)), f"{first}\n{json.dumps(answer, indent=1)}"
        known[name] = answer


def test_the_table_of_errors_is_the_catalog():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", PROTOCOL, re.MULTILINE)
    assert rows == [(code, str(problem.status)) for code, problem in CATALOG.items()]


@pytest.fixture
def tour():
    """Return the pieces of the README's tour: {(language, title): text}."""
    return {(language, title): text for language, title, text in TOUR.findall(README)}


def run(command, text, **environment):
    done = subprocess.run(
        [*command],
        input=text,
        env=os.environ | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_tour_with_curl_works(server, online, tour):
    """The names in the tour can be registered once, so they are made unique here."""
    sam = online("specialist").tokens
    text = tour["bash", "two people are paired and talk"]
    text = text.replace('"handle": "sam"', f'"handle": "{sam["handle"]}"').replace("a long passphrase", PASSPHRASE)
    text = text.replace('"handle": "ann"', f'"handle": "ann-{sam["user"][:8]}"')
    said = run(["bash", "-euo", "pipefail", "-c", text], "", BESIDE=server.address)
    assert '"text": "Hello, Sam."' in said
    page = orjson.loads(said[said.index('{\n    "changes"') :])
    assert page["gone"] == page["reset"] == []


def test_the_tour_in_python_works(server, online, tour):
    ann = online()
    ann.do("note.put", id="n1", title="x")
    text = tour["python", "a phone that is connected"]
    said = run([sys.executable, "-"], text, BESIDE=server.address, TOKEN=ann.tokens["access_token"])
    assert said == "missed: 1 changes\n"


def test_the_tour_in_javascript_works(server, tour, tmp_path):
    ann = server.user()["handle"]
    text = tour["js", "a phone with an outbox and a replica"]
    text = text.replace('handle: "ann"', f'handle: "{ann}"').replace("another long one", PASSPHRASE)
    (tmp_path / "phone.mjs").write_text(text)
    (tmp_path / "node_modules" / "@beside").mkdir(parents=True)
    (tmp_path / "node_modules" / "@beside" / "client").symlink_to(ROOT / "client")
    said = run([shutil.which("node"), str(tmp_path / "phone.mjs")], "", BESIDE=server.address).splitlines()
    assert (said[0], said[-1]) == ("to be sent: Monday", "done")
    assert "stored: Monday" in said


def test_every_variable_that_is_read_is_in_the_readme():
    files = ("server/config.py", "server/notifications/push_settings.py", "server/sealing/key_sources.py")
    files += ("gunicorn.conf.py",)
    code = "\n".join((ROOT / name).read_text() for name in files)
    read = set(re.findall(r'(?:env\.\w+|environ\.get)\("([A-Z_]+)"', code))
    read |= set(re.findall(r"\bAPNS_[A-Z_]+[A-Z]", code))  # read in a loop, and named where one is missing
    read.remove("PROMETHEUS_MULTIPROC_DIR")  # which Beside sets for its own workers
    assert read == set(re.findall(r"`([A-Z_]{3,})`", README.split("## Configuration")[1].split("##")[0])) - {
        "DEBUG",
        "INFO",
        "WARNING",
        "ERROR",
    }
