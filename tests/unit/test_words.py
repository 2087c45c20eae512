"""The field's words: no module, class or function is called by a word that we had of our own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROOMS = sorted(path for top in ("server", "sync", "schemas", "tests", "bench") for path in (ROOT / top).rglob("*.py"))
ROOMS = [path for path in ROOMS if "node_modules" not in path.parts]

OURS = {  # word: what it is called in the field
    "desk": "unit of work", "draft": "change set", "flights": "in-flight groups", "aloft": "acquired",
    "hopeful": "optimistic", "heart": "crash recovery", "hearts": "heartbeats", "ears": "subscriber",
    "acts": "due handlers", "roster": "specialist index", "crowd": "batch weights", "seeker": "requester",
    "wish": "row command", "wishes": "row commands", "mended": "repaired", "mending": "value repair",
    "pointer": "correction", "pointers": "corrections", "nowhere": "not a member", "shunned": "exclude",
    "partings": "ending", "departures": "account deletion", "keeper": "supervisor", "secantus": "process",
    "corners": "edge cases", "likings": "preferences", "splitmix": "random numbers",
    "town": "matching fixture", "crew": "workers", "witness": "invariant checker", "onlooker": "leak checker",
    "onlookers": "leak checker", "storm": "fault runner", "deeds": "actions", "committer": "group commit",
    "pusher": "notification sender", "notices": "notifications"
}  # fmt: skip
MODULES = {
    "lines", "cases", "checks", "views", "feed", "orphans", "memory", "windows", "turns", "shapes", "pulling", "bells",
    "outbox", "pipe", "ahead", "callers", "goodbye", "pool", "places", "echoes", "names", "looking", "watch", "calm",
    "nudges", "alarms", "climb",
}  # fmt: skip
PEOPLES = {"wish", "wishes"}  # a peer has wishes; in `sync` the word would be one of our own
DOMAINS = {"server/commands/matching/places.py", "server/demo_data/names.py"}  # places of specialists, names of people


def words(name: str) -> set[str]:
    """Return the words of a name in any spelling."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def defined(path: Path) -> Iterator[str]:
    """Give the names of the classes and functions that a file defines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name


def files(room: str) -> dict[str, Path]:
    """Return the files of a room by their names; there are some."""
    found = {path.relative_to(ROOT).as_posix(): path for path in ROOMS if path.relative_to(ROOT).parts[0] == room}
    assert found
    return found


def private(room: str, name: str) -> set[str]:
    """Return the words of our own in a name."""
    return words(name) & (OURS.keys() - (PEOPLES if room != "sync" else set()))


@pytest.mark.parametrize("room", ["server", "sync", "schemas"])
def test_no_module_is_called_by_a_word_of_our_own(room):
    named = {name: {path.stem} & MODULES | private(room, path.stem) for name, path in files(room).items()}
    assert {name: found for name, found in named.items() if found and name not in DOMAINS} == {}


@pytest.mark.parametrize("room", ["server", "sync", "schemas"])
def test_no_class_or_function_is_called_by_a_word_of_our_own(room):
    named = {f"{name}:{one}": private(room, one) for name, path in files(room).items() for one in defined(path)}
    assert {name: found for name, found in named.items() if found} == {}


def test_no_helper_of_tests_is_called_by_a_word_of_our_own():
    named = {f"{name}:{one}": private("tests", one) for name, path in files("tests").items() for one in defined(path)}
    helpers = {name: found for name, found in named.items() if found and not name.split(":")[1].startswith("test_")}
    assert helpers == {}


@pytest.mark.parametrize("constant", ["MOST", "LONGEST", "FIRST", "MANY"])
def test_a_constant_says_of_what_it_is_the_limit(constant):
    paths = [path for room in ("server", "sync", "schemas") for path in files(room).values()]
    said = [str(path) for path in paths if re.search(rf"^{constant}\b.*=", path.read_text(), re.MULTILINE)]
    assert said == []
