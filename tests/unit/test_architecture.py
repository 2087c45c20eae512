"""The house rules, checked on the code itself."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from marshmallow import INCLUDE, RAISE, Schema

from schemas.table import TABLES
from server.command import COMMANDS
from server.store.draft import Draft
from server.view import View

ROOT = Path(__file__).parent.parent.parent
FILES = sorted(path for package in ("sync", "schemas", "server") for path in (ROOT / package).rglob("*.py"))
WRITES = {
    "insert_one", "insert_many", "update_one", "update_many", "replace_one", "delete_one", "delete_many",
    "bulk_write", "find_one_and_update", "find_one_and_replace", "find_one_and_delete", "drop", "create_index",
    "create_collection", "start_transaction",
}  # fmt: skip

LAYERS = {
    "sync": {"sync"},
    "schemas": {"schemas"},
    "server/errors.py": set(),
    "server/records.py": {"sync"},
    "server/view.py": {"server.records"},
    "server/command.py": {"sync", "server.errors", "server.records", "server.view"},
    "server/commands": {
        "schemas", "sync", "server.command", "server.commands", "server.errors", "server.matching", "server.records",
        "server.trust",
    },
    "server/matching": {"server.matching"},
    "server/trust": {"server.matching", "server.trust"},
    "server/notify": {
        "server.backend", "server.command", "server.commands", "server.effects", "server.errors", "server.metrics",
        "server.notify", "server.records", "server.store", "server.timers",
    },
    "server/effects": {"server.backend", "server.bus", "server.records", "server.effects"},
    "server/metrics.py": {"server.errors"},
    "server/bus": {"server.bus", "server.metrics"},
    "server/store": {
        "sync", "server.command", "server.errors", "server.metrics", "server.records", "server.store",
    },
}  # fmt: skip


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ([f"server.{alias.name}" for alias in node.names] if node.module == "server" else [node.module])


def called(path: Path) -> set[str]:
    """Return the names of all methods that are called in a file."""
    calls = (node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {function.attr for function in calls if isinstance(function, ast.Attribute)}


def ours(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] in {"sync", "schemas", "server", "tests"}


def test_there_is_code_to_check():
    assert len(FILES) > 40


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_layer_imports_only_what_lies_below_it(path):
    for layer, below in LAYERS.items():
        if name(path) == layer or name(path).startswith(f"{layer}/"):
            for module in filter(ours, imports(path)):
                assert any(module == lower or module.startswith(f"{lower}.") for lower in below), module


@pytest.mark.parametrize("path", [path for path in FILES if name(path).startswith(("sync/", "schemas/"))], ids=name)
def test_pure_packages_import_nothing_from_outside(path):
    allowed = {"marshmallow"} if name(path).startswith("schemas/") else set()
    outside = {module.split(".")[0] for module in imports(path) if not ours(module)}
    assert outside <= set(sys.stdlib_module_names) | allowed
    assert not outside & {"time", "datetime", "random", "socket", "threading", "os", "pathlib"}


@pytest.mark.parametrize("path", [path for path in FILES if name(path).startswith("server/matching/")], ids=name)
def test_matching_is_arithmetic_that_looks_at_no_clock_and_draws_no_lots(path):
    allowed = {"numpy", "scipy"} | ({"matplotlib"} if path.name == "plot.py" else set())
    outside = {module.split(".")[0] for module in imports(path) if not ours(module)}
    assert outside <= set(sys.stdlib_module_names) | allowed
    assert not outside & {"time", "random", "secrets", "uuid", "socket", "threading", "os", "pathlib"}
    assert not called(path) & {"now", "utcnow", "today", "default_rng", "seed"}


@pytest.mark.parametrize("path", [path for path in FILES if name(path).startswith("server/commands/")], ids=name)
def test_commands_know_neither_the_database_nor_the_web(path):
    outside = {module.split(".")[0] for module in imports(path) if not ours(module)}
    assert not outside & {"flask", "pymongo", "flask_socketio", "socketio", "bson"}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_only_the_store_writes(path):
    assert name(path).startswith("server/store/") or not called(path) & WRITES


def test_only_the_committer_writes_records():
    writers = [
        name(path) for path in FILES if "records.insert" in path.read_text() or "records.update" in path.read_text()
    ]
    assert writers == []
    assert '_insert("records"' in (ROOT / "server/store/write.py").read_text()


def test_a_commands_view_of_the_store_cannot_write():
    promised = {name for name in vars(View) if not name.startswith("_")}
    assert promised == {"get", "of_kind", "head", "person"}
    assert promised <= set(vars(Draft))


def schemas() -> list[type[Schema]]:
    found, todo = [], [Schema]
    while todo:
        todo += (under := todo.pop().__subclasses__())
        found += [schema for schema in under if schema.__module__.startswith("schemas.")]
    return found


APPS = {"Open", "Rows", "Document"}  # tables and fields of an app's own, which Beside passes over


@pytest.mark.parametrize("schema", schemas(), ids=lambda schema: schema.__name__)
def test_every_shape_refuses_what_it_does_not_know(schema):
    assert schema.Meta.unknown == (INCLUDE if schema.__name__ in APPS else RAISE)


def test_every_command_is_named_after_the_kind_it_is_about():
    kinds = {command.kind for command in COMMANDS.values()}
    assert kinds == {
        "ack", "agreement", "availability", "bell", "block", "call", "checkin", "debrief", "disclosure", "escalation",
        "fact", "handover", "letter", "message", "milestone", "note", "offer", "pairing", "person", "plan", "position",
        "practice", "profile", "promise", "question", "quiet", "repair", "report", "request", "session", "sos",
        "specialist", "step", "story", "strength", "suggestion", "watch",
    }  # fmt: skip
    assert kinds - TABLES.keys() == {"bell", "person", "specialist", "watch"}, "those stand in nobody's client database"
    assert all(command.decide.__doc__ for command in COMMANDS.values())


def test_what_beside_asks_only_of_itself_is_on_this_list():
    own = {name for name, command in COMMANDS.items() if command.own}
    assert own == {
        "bell.ring", "bell.settle", "disclosure.turn", "message.turn", "offer.expire", "pairing.wake",
        "person.leave", "promise.turn", "request.ask", "request.close", "request.list", "session.turn", "sos.turn",
        "specialist.release",
    }  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=name)
def test_files_and_functions_stay_small(path):
    text = path.read_text()
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno + 1 <= 35, node.name
