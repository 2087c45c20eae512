"""Everything that people write is sealed: every field of every kind, or there is a reason why not."""

from contextlib import suppress

import pytest

from schemas.content import CONTENT
from schemas.errors import Problem
from schemas.table import TABLES
from server.commands.context import COMMANDS
from tests.commands.arranged import arranged
from tests.good import GOOD
from tests.sealed import records_of, whole
from tests.trusted import Ready

TEXTS = ("string", "json", "list")  # types of columns that can hold what somebody wrote
AS_IT_IS = {
    "the names of spaces, records and devices, which say nothing": {
        "where", "about", "pairing", "of", "message", "messages", "next", "after", "row", "agreement", "proposed",
        "member", "space", "shared", "device", "sealed", "sha256", "signed", "prompt", "policy", "mine",
    },
    "choices from a list of Beside's, which decisions and queries use": {
        "state", "sort", "kind", "tier", "seen", "origin", "role", "ending", "appeal", "action", "outcome", "mode",
        "relax", "last", "without", "event", "locale", "code", "kindly", "doors",
    },
    "times of day, which timers use": {"zone", "weekly", "exceptions", "spans", "by"},
    "what Beside says about waiting, and whom an SOS has called": {"wait", "limit", "asked", "taken"},
}  # fmt: skip


def test_every_column_that_can_hold_words_is_sealed_or_there_is_a_reason():
    reasons = set().union(*AS_IT_IS.values())
    clear = {
        f"{kind}.{name}"
        for kind, table in TABLES.items()
        for name, column in table.columns.items()
        if column.type in TEXTS and not column.of_record and name not in reasons and not _is_sealed(kind, name)
    }
    assert clear == set()


def test_every_reason_is_needed():
    clear = {
        name
        for kind, table in TABLES.items()
        for name, column in table.columns.items()
        if column.type in TEXTS and not column.of_record and not _is_sealed(kind, name)
    }
    assert set().union(*AS_IT_IS.values()) - clear == set()


def _is_sealed(kind, name):
    content = CONTENT.get(kind)
    return content is not None and name in content.data | content.by_member.keys()


def texts(args):
    """Give what stands in arguments and can be told from anything else: texts of several words."""
    for value in args.values() if isinstance(args, dict) else args:
        if isinstance(value, str) and " " in value:
            yield value
        elif isinstance(value, dict | list):
            yield from texts(value)


@pytest.mark.in_memory
def test_no_text_of_any_command_lies_in_the_database_as_it_was_written(world, sam, ann, pair):
    ready = Ready(world, ann, sam, pair)
    ready.live()
    written = {text for name, args in GOOD.items() if COMMANDS[name] for text in texts(args)}
    assert len(written) > 20
    rows = repr([list(world.mongo[name].find()) for name in world.mongo.list_collection_names()])
    assert {text for text in written if text in rows} == set()
    assert sum(text in whole(world.mongo) for text in written) > 15, (
        "need texts that are stored for this to mean anything"
    )


@pytest.mark.in_memory
def test_what_a_command_stores_is_opened_as_it_was(mongo):
    """Each command, with its good arguments: its records are sealed, and come back the same, also to phones."""
    records, seen = records_of(mongo), 0
    for name in GOOD:
        changed = []
        with suppress(Problem):  # some are refused
            changed = arranged(name).decided()
        seen += len(changed)
        assert records.decode(records.encode(changed)) == changed, name
        assert records.changes(records.encode(changed)) == [record.change() for record in changed], name
    assert seen > 100
