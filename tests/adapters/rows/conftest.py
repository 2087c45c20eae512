"""Fixtures: a space of two people in this process, and their client databases."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.adapters.rows.client_database_driver import Rx
from tests.good import GOOD
from tests.matched import listening
from tests.sync.client_databases import Melon


@pytest.fixture(params=[Melon, Rx], ids=["watermelondb", "rxdb"])
def app(request, world) -> Callable[[Any], Any]:
    """Return a function that opens a client database for the user of a phone."""
    return lambda phone: request.param(world, phone)


@pytest.fixture
def sam(world):
    return world.phone(world.person("sam", "specialist"))


@pytest.fixture
def ann(world):
    return world.phone(world.person("ann"))


@pytest.fixture
def sue(world):
    return world.phone(world.person("sue", "supervisor"))


@pytest.fixture
def space(world, sam, ann, sue):
    """Return the space of ann and sam. He is on shift, has a supervisor, and has sent one message."""
    listening(world, sam, world.phone(world.person("olga", "operator")))
    pair = world.paired(sam, ann)
    assert sam.do("message.send", space=pair, id="m0", text="hello", origin="person")["ok"]
    return pair


@pytest.fixture
def done(sam, ann, space):
    """Return a function that lets a person do a command, such as "ann promise.make"."""
    people = {"sam": sam, "ann": ann}

    def do(action, **more):
        who, command = action.split()
        args = {name: value for name, value in GOOD[command].items() if name not in {"why_not", "facts"}}
        alone = command.partition(".")[0] in {"plan", "quiet", "sos", "call", "checkin"}
        args = args | ({} if alone else {"space": space}) | more
        outcome = people[who].do(command, **({**args, "messages": ["m0"]} if "messages" in args else args))
        assert outcome["ok"], (action, outcome)

    return do
