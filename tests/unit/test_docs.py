"""The documents name the numbers and names that the product has."""

import re
from pathlib import Path

import pytest

from schemas.protocol import MUTATIONS
from schemas.rxdb import BATCH
from schemas.table import TABLES, VERSION
from server.accounts.devices import GRACE
from server.accounts.rate_limits import PER_HANDLE
from server.accounts.tokens import ACCESS
from server.limits.settings import PREFIX, Limits
from server.observability.security_log import EVENTS
from server.store.migrations import MIGRATIONS
from server.web.endpoint import LARGEST_BODY
from sync.clock import MINUTE

ROOT = Path(__file__).parent.parent.parent
WORDS = {10: "ten", 45: "45"}
SECOND = 1_000  # ms
MEGABYTE = 1024 * 1024  # bytes
FREE = 13  # collections that RxDB opens without a licence
LIMITS = Limits()


def text(name: str) -> str:
    """Return a document as one line."""
    return " ".join((ROOT / name).read_text().split())


minutes, grace = WORDS[ACCESS // MINUTE], WORDS[GRACE // SECOND]
FACTS = [
    ("README.md", f"An access token lasts {minutes} minutes."),
    ("docs/protocol.md", f"it is valid for {minutes} minutes, or"),
    ("docs/protocol.md", f"gives the same pair again for {grace} seconds."),
    ("docs/protocol.md", f"A push has at most {MUTATIONS} mutations and {LARGEST_BODY // MEGABYTE} MB"),
    ("docs/your-own-client.md", f"at most {MUTATIONS} mutations and a megabyte"),
    ("docs/your-own-client.md", f"again more than {grace} seconds later counts as stolen"),
    ("docs/operations.md", f"wait {minutes} minutes for the oldest access token"),
    ("docs/operations.md", f"all {len(MIGRATIONS)} migrations ran"),
    ("docs/rxdb.md", f"Beside has {len(TABLES)}; `PEER` and `SPECIALIST` have {FREE} each."),
    ("docs/rxdb.md", f"This is version {VERSION} of the tables (the schemas say {VERSION - 1}:"),
    ("docs/rxdb.md", f"A page and a push have at most {BATCH:,} documents"),
    ("docs/rxdb.md", "throws `COL23`"),
    ("docs/watermelondb.md", f"This is `version` {VERSION};"),
    ("docs/watermelondb.md", "npm install @nozbe/watermelondb@0.28 socket.io-client"),
    ("docs/watermelondb.md", 'import LokiJSAdapter from "@nozbe/watermelondb/adapters/lokijs";'),
    *(
        (f"docs/{name}.md", fact)
        for name in ("rxdb", "watermelondb")
        for fact in (
            f"one of at most {LIMITS.devices_per_account} of an account.",
            (
                f"{PER_HANDLE[0].amount} passphrases can be tried for one handle within 5 minutes, and "
                f"{LIMITS.sign_ins_per_address} for all handles together"
            ),
        )
    ),
]


@pytest.mark.parametrize(("name", "fact"), FACTS)
def test_the_documents_say_what_is_so(name, fact):
    assert fact in text(name)


def test_the_lists_of_collections_are_as_long_as_rxdb_allows():
    code = (ROOT / "docs/rxdb.md").read_text()
    lists = {name: re.findall(r'"(\w+)"', body) for name, body in re.findall(r"const (\w+) = \[([^\]]*)\];", code)}
    for name in ("PEER", "SPECIALIST"):
        opened = [*lists["EVERYBODY"], *lists[name]]
        assert len(opened) == len(set(opened)) == FREE
        assert set(opened) <= TABLES.keys()


def test_every_table_is_described_with_its_columns():
    for name in ("docs/rxdb.md", "docs/watermelondb.md"):
        rows = {
            kind: row
            for row in (ROOT / name).read_text().splitlines()
            if row.startswith("| `")
            for kind in re.findall(r"`(\w+)`", row.split("|")[1])
        }
        assert TABLES.keys() <= rows.keys()
        for kind, table in TABLES.items():
            columns = {one for one, column in table.columns.items() if not column.of_record}
            missing = {one for one in columns if f"`{one}`" not in rows[kind]}
            assert missing - {"state"} == set(), (name, kind)


def test_every_limit_is_listed_with_its_default():
    rows = dict(
        re.findall(rf"^\| `({PREFIX}\w+)` \| (\d+) \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    )
    assert rows == {PREFIX + name.upper(): str(getattr(LIMITS, name)) for name in Limits.__slots__}


def test_every_event_of_the_security_log_is_listed():
    chapter = (ROOT / "docs/operations.md").read_text().partition("\n## The security log\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", chapter, re.MULTILINE))
    assert rows.keys() == EVENTS.keys()


def test_no_document_names_a_state_that_there_is_no_more():
    """A pairing was `accepted` once, before agreements; offers and repairs are."""
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for row in path.read_text().splitlines():
            assert "pairing" not in row or "`accepted`" not in row or "offer" in row, (path.name, row)
