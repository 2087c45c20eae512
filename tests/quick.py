"""Shortcuts that build many small worlds quickly: a copied database layout, and routes that are compiled only once.

The result is the same as without the shortcuts: the product migrates the first database, and Werkzeug compiles the
first of many equal routes.
"""

import os
import shutil
import ssl
import threading
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pymongo import IndexModel
from werkzeug.routing import Map, Rule, RuleFactory

from server.accounts import passphrases
from server.store import layout
from server.store.database import Document, Mongo, database
from server.store.migrations import migrate

MEMORY = Path("/dev/shm")  # of Linux: a directory whose files are in memory
ROOM = 4_000_000_000  # bytes that must be free there
OURS = "beside-tests-"


def keep_files_in_memory(config: pytest.Config) -> None:
    """Keep the temporary files of a whole run in memory, if there is room: servers with databases start sooner there.

    Databases work as always. They would not survive a loss of power, but no test could show that anyway.
    """
    if config.option.basetemp is not None or not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        return
    for old in MEMORY.glob(f"{OURS}*"):  # of a run that was killed
        if not Path("/proc", old.name.removeprefix(OURS)).exists():
            shutil.rmtree(old, ignore_errors=True)
    directory = MEMORY / f"{OURS}{os.getpid()}"
    directory.mkdir()
    os.environ["TMPDIR"] = str(directory)  # for every process that is started
    config.option.basetemp = directory / "pytest"
    config.add_cleanup(partial(shutil.rmtree, directory, ignore_errors=True))


class Layout:
    """The collections, the indexes and the done migrations of a database that was migrated."""

    def __init__(self, template: Mongo) -> None:
        migrate(template)
        self._done: list[Document] = list(template.migrations.find())
        self._indexes = {name: _models(template, name) for name in template.list_collection_names()}

    def copy(self, empty: Mongo) -> None:
        """Lay out an empty database the same, with one command for each collection."""
        for name, indexes in self._indexes.items():
            if indexes:
                empty[name].create_indexes(indexes)
            elif name != "migrations":
                empty.create_collection(name)
        layout.require(empty, layout.LAYOUT)
        empty.migrations.insert_many(self._done)


def _models(template: Mongo, name: str) -> list[IndexModel]:
    indexes = template[name].index_information().items()
    options = {name: {key: one[key] for key in one.keys() - {"key", "v", "ns"}} for name, one in indexes}
    return [IndexModel(one["key"], name=name, **options[name]) for name, one in indexes if name != "_id_"]


_layouts: list[Layout] = []


def lay_out(mongo: Mongo) -> None:
    """Lay out an empty database as a migrated one.

    A database in memory is never empty here, and must not become the template: it lacks indexes.
    """
    if mongo.list_collection_names():
        return
    if not _layouts:
        template = database(mongo.client, f"test_{uuid.uuid4().hex[:12]}")
        _layouts.append(Layout(template))
        mongo.client.drop_database(template.name)
    _layouts[0].copy(mongo)


CHEAP = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)])


def hash_cheaply(patch: pytest.MonkeyPatch) -> None:
    """Let a hash of a passphrase cost next to nothing in this process, except in `tests/unit/test_passphrases.py`."""
    patch.setattr(passphrases, "_hasher", CHEAP)
    patch.setattr(passphrases, "_nobody", CHEAP.hash("no account has this passphrase"))


def remember_tls(patch: pytest.MonkeyPatch) -> None:
    """Read the certificates of this machine once: each httpx client reads them, which takes most of its start."""
    certificates = ssl.create_default_context()
    patch.setattr("httpx._transports.default.create_ssl_context", lambda *_, **__: certificates)


def remember_routes(patch: pytest.MonkeyPatch) -> None:
    """Compile each route once: all worlds have the same, and compiling them takes most of the time to build one."""
    compiled: dict[Any, Rule] = {}
    compile_one = Rule.compile

    def remembered(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, rule.host, repr(rule.defaults))
        known = compiled.setdefault(key, rule)
        if known is rule:
            return compile_one(rule)
        rule._parts, rule._trace, rule._converters = known._parts, known._trace, known._converters
        rule.arguments |= known.arguments
        rule._build, rule._build_unknown = known._build, known._build_unknown
        return None

    patch.setattr(Rule, "compile", remembered)


def add_routes_when_asked(patch: pytest.MonkeyPatch) -> None:
    """Keep the routes of a world until its first request: most have none, and routes take half the time of building."""
    add, asking = Map.add, ("bind", "bind_to_environ", "is_endpoint_expecting", "iter_rules")
    one_at_a_time = threading.Lock()  # two requests may be the first

    def keep(routes: Map, factory: RuleFactory) -> None:
        vars(routes).setdefault("kept", []).append(factory)

    def after_adding(ask: Callable[..., Any]) -> Callable[..., Any]:
        def asked(routes: Map, *what: Any, **how: Any) -> Any:
            with one_at_a_time:
                for factory in vars(routes).pop("kept", ()):
                    add(routes, factory)
            return ask(routes, *what, **how)

        return asked

    patch.setattr(Map, "add", keep)
    for name in asking:
        patch.setattr(Map, name, after_adding(getattr(Map, name)))
