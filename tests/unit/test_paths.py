"""What documents point at is there: the folders of the README, links between documents, and paths of files."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "bench" / "README.md"]
PLACES = re.compile(r"`((?:server|sync|schemas|tests|bench|docs|deploy)/[\w./-]*)`")
LINKS = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
MADE_UP = {"schemas/mood.py", "server/commands/personal/mood.py"}  # that a reader is told to make
RESULTS = "bench/results"  # where measurements are left
README = (ROOT / "README.md").read_text()
TABLE = README.split("## Where things are")[1].split("\n## ")[0]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_path_in_a_document_is_there(document):
    found = set(PLACES.findall(document.read_text())) - MADE_UP
    assert [path for path in found if not ((ROOT / path).exists() or path.startswith(RESULTS))] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_in_a_document_leads_somewhere(document):
    links = [unquote(link) for link in LINKS.findall(document.read_text()) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("top", ["server", "schemas", "sync"])
def test_the_table_of_the_readme_names_every_room(top):
    rooms = {f"{top}/"} | {f"{name(path)}/" for path in (ROOT / top).iterdir() if (path / "__init__.py").exists()}
    assert rooms - {"server/"} <= set(PLACES.findall(TABLE))


def test_the_top_of_the_server_holds_few_modules():
    assert len([path for path in (ROOT / "server").glob("*.py") if path.name != "__init__.py"]) <= 8
