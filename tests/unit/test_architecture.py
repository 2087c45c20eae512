"""The house rules, checked on the code itself."""

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from marshmallow import INCLUDE, RAISE, Schema

from schemas.table import TABLES
from server.commands.context import COMMANDS
from server.commands.due import DUE_COMMANDS
from server.commands.reads import Reads
from server.jobs.due_handlers import KINDS
from server.store.change_set import ChangeSet

ROOT = Path(__file__).parent.parent.parent
FILES = sorted(path for package in ("sync", "schemas", "server") for path in (ROOT / package).rglob("*.py"))
WRITES = {
    "insert_one", "insert_many", "update_one", "update_many", "replace_one", "delete_one", "delete_many",
    "bulk_write", "find_one_and_update", "find_one_and_replace", "find_one_and_delete", "drop", "create_index",
    "create_collection", "start_transaction", "drop_collection", "drop_database",
}  # fmt: skip

LAYERS = {
    "sync": {"sync", "schemas"},
    **{f"sync/{law}.py": {"sync"} for law in ("clock", "merge", "push", "record", "pull", "ports")},
    "schemas": {"schemas"},
    "schemas/errors.py": set(),
    "schemas/text.py": set(),
    "server/commands/reads.py": {"sync"},
    "server/commands/context.py": {"sync", "schemas", "server.commands.reads"},
    "server/commands/access.py": {"sync", "schemas.errors", "server.commands.context", "server.commands.reads"},
    "server/commands/due.py": {"sync", "server.commands.context"},
    "server/commands/states.py": {"sync", "schemas.errors", "server.commands.context"},
    "server/commands": {"schemas", "sync", "server.commands", "server.matching", "server.trust"},
    "server/matching": {"server.matching", "schemas.programme", "schemas.text", "sync.clock"},
    "server/trust": {"server.matching", "server.trust", "sync.clock"},
    "server/notifications": {
        "server.backend", "server.commands", "server.effects", "server.jobs.scheduler", "server.notifications",
        "server.observability", "server.store", "schemas", "sync",
    },
    "server/effects": {"server.backend", "server.bus", "server.effects", "sync"},
    "server/observability": {"schemas.errors"},
    "server/bus": {"server.bus", "server.observability", "server.sealing"},
    "server/sealing": {"schemas.content", "server.data_directory", "server.sealing", "sync"},
    "server/sealing/master_keys.py": set(),
    "server/sealing/aws_kms.py": set(),
    "server/store": {
        "sync", "schemas.content", "schemas.errors", "schemas.text", "server.commands", "server.observability",
        "server.sealing", "server.store",
    },
}  # fmt: skip

PURE_SEALING = {"hashlib", "secrets", "collections", "cryptography"}


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


def outside(path: Path) -> set[str]:
    """Return the packages of others that a file imports."""
    return {module.split(".")[0] for module in imports(path) if not ours(module)}


def under(*folders: str) -> list[Path]:
    """Return the files in some folders; there are some."""
    found = [path for path in FILES if name(path).startswith(folders)]
    assert found, folders
    return found


def offenders(paths: list[Path], offence: Callable[[Path], Any]) -> dict[str, Any]:
    """Return {file: what is wrong with it} for all files that something is wrong with."""
    return {name(path): wrong for path in paths if (wrong := offence(path))}


def test_a_layer_imports_only_what_lies_below_it():
    def climbs(path: Path) -> list[str]:
        allowed = [
            below for layer, below in LAYERS.items() if name(path) == layer or name(path).startswith(f"{layer}/")
        ]
        return [
            module
            for module in filter(ours, imports(path))
            if not all(any(module == one or module.startswith(f"{one}.") for one in below) for below in allowed)
        ]

    assert offenders(FILES, climbs) == {}


def test_pure_packages_import_nothing_that_reads_writes_or_knows_the_time():
    impure = {"time", "datetime", "random", "socket", "threading", "os", "pathlib", "secrets", "uuid", "subprocess"}
    pure = set(sys.stdlib_module_names) - impure
    shapes = {"marshmallow", "orjson"}  # of what crosses the wire: client databases send and take it as it is
    laws = [path for path in under("sync/") if path not in under("sync/client_databases/")]
    assert len(laws) > 5
    assert offenders(laws, lambda path: outside(path) - pure) == {}
    assert offenders(under("sync/client_databases/"), lambda path: outside(path) - pure - shapes) == {}
    assert offenders(under("schemas/"), lambda path: outside(path) - pure - {"marshmallow", "regex"}) == {}
    assert offenders(under("sync/", "schemas/"), lambda path: called(path) & {"now", "utcnow", "today"} - {"now"}) == {}


def test_matching_is_arithmetic_that_looks_at_no_clock_and_draws_no_lots():
    impure = {"time", "random", "secrets", "uuid", "socket", "threading", "os", "pathlib"}
    pure = set(sys.stdlib_module_names) - impure | {"numpy", "scipy"}
    chance = {"now", "utcnow", "today", "default_rng", "seed"}

    def wrong(path: Path) -> set[str]:
        allowed = pure | ({"matplotlib"} if path.name == "plot.py" else set())
        return (outside(path) - allowed) | (called(path) & chance)

    assert offenders(under("server/matching/"), wrong) == {}


def test_master_keys_are_arithmetic_that_reads_nothing_and_looks_at_no_clock():
    assert offenders(under("server/sealing/master_keys.py"), lambda path: outside(path) - PURE_SEALING) == {}


def test_commands_know_neither_the_database_nor_the_web():
    others = {"flask", "pymongo", "flask_socketio", "socketio", "bson"}
    assert offenders(under("server/commands/"), lambda path: outside(path) & others) == {}


def test_only_the_store_writes():
    own = {  # each writes only to a database or collection of its own, in which nothing of Beside is
        ROOT / "server/embedded_database/write_probe.py",
        ROOT / "server/cli/cluster_check/own_database.py",  # it makes, shards and drops the database of `cluster-check`
    }
    elsewhere = {*under("server/store/"), *own}
    others = [path for path in FILES if path not in elsewhere]
    assert offenders(others, lambda path: called(path) & WRITES) == {}


def test_only_the_committer_writes_records():
    writers = [
        name(path) for path in FILES if "records.insert" in path.read_text() or "records.update" in path.read_text()
    ]
    assert writers == []
    assert '_insert("records"' in (ROOT / "server/store/transaction.py").read_text()


def test_a_commands_view_of_the_store_cannot_write():
    promised = {name for name in vars(Reads) if not name.startswith("_")}
    assert promised == {"get", "of_kind", "newest_message", "last_seq", "usage", "person"}
    assert promised <= set(vars(ChangeSet))


def schemas() -> list[type[Schema]]:
    found, todo = [], [Schema]
    while todo:
        todo += (under := todo.pop().__subclasses__())
        found += [schema for schema in under if schema.__module__.startswith("schemas.")]
    return found


APPS = {"Open", "Rows", "Document"}  # tables and fields of an app's own, which Beside passes over


def test_every_shape_refuses_what_it_does_not_know():
    shapes = schemas()
    assert len(shapes) > 100
    lenient = [one.__name__ for one in shapes if one.Meta.unknown != (INCLUDE if one.__name__ in APPS else RAISE)]
    assert lenient == []


def test_every_command_is_named_after_the_kind_it_is_about():
    kinds = {command.kind for command in COMMANDS.values()}
    assert kinds == {
        "absence", "ack", "agreement", "availability", "bell", "block", "call", "checkin", "debrief", "disclosure",
        "erasure", "escalation",
        "fact", "handover", "leaving", "letter", "message", "milestone", "mute", "note", "offer", "pairing",
        "person", "plan", "position",
        "practice", "profile", "programme", "promise", "question", "quiet", "repair", "report", "request", "retention",
        "sanction",
        "security_event", "session", "sos", "specialist", "step", "story", "strength", "suggestion", "supervision",
        "unread", "unsent", "watch",
    }  # fmt: skip
    assert kinds - TABLES.keys() == {
        "absence",
        "bell",
        "erasure",
        "leaving",
        "person",
        "programme",
        "retention",
        "specialist",
        "watch",
    }, "those stand in nobody's client database"
    assert all(command.decide.__doc__ for command in COMMANDS.values())


def test_what_beside_asks_only_of_itself_is_on_this_list():
    own = {name for name, command in COMMANDS.items() if command.internal}
    assert own == {
        "absence.add", "bell.ring", "bell.settle", "disclosure.turn", "erasure.begin", "erasure.turn",
        "leaving.begin", "leaving.end", "message.turn",
        "offer.expire", "pairing.wake", "person.leave", "position.show", "promise.turn", "request.ask",
        "request.close", "request.list", "retention.expire",
        "sanction.settle",
        "security_event.add", "security_event.expire", "session.turn", "sos.turn", "specialist.release",
    }  # fmt: skip


def test_for_every_kind_that_can_be_due_it_is_known_what_is_done():
    assert {*DUE_COMMANDS, "request"} == set(KINDS), "requests are served together, by jobs"
    assert all(COMMANDS[due.name].internal for due in DUE_COMMANDS.values())


def test_files_and_functions_stay_small():
    def large(path: Path) -> list[str]:
        text = path.read_text()
        functions = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
        long = [one.name for one in functions if one.end_lineno - one.lineno + 1 > 35]
        return long + (["the file"] if text.count("\n") > 300 else [])

    assert offenders(FILES, large) == {}


def test_what_tests_share_stands_in_no_test_file():
    def borrowed(path: Path) -> list[str]:
        return [module for module in imports(path) if module and module.rpartition(".")[2].startswith("test_")]

    tests = [path for path in (ROOT / "tests").rglob("*.py") if "node_modules" not in path.parts]
    assert offenders(tests, borrowed) == {}
