"""docs/client.md names what `@beside/client` has: its methods, options, errors and limits."""

import re
from pathlib import Path

import pytest

from tests.client.bundled import MOST

ROOT = Path(__file__).parent.parent.parent
SOURCES = {path.stem: path.read_text() for path in (ROOT / "client" / "src").glob("*.ts")}
PAGE = (ROOT / "docs" / "client.md").read_text()
WORDS = " ".join(PAGE.split())
MEMBER = re.compile(r"^  (?:async |readonly |get )?([a-z]\w*)(?:<[^(]*>)?(?:\(|: Readable)", re.MULTILINE)
LIMITS = [
    ("outbox", "MOST_WAITING", "{} in the outbox"),
    ("outbox", "MOST_AT_ONCE", "{} mutations and a megabyte in a push"),
    ("replica", "MOST_REFUSED", "{} in `refused`"),
    ("view", "MOST_FOUND", "{} results of a search"),
    ("engine", "LATEST", "1, 2, 4… up to {} seconds"),
    ("seal", "ROUNDS", "{} rounds"),
]


def body_of(module: str, what: str) -> str:
    """Return what stands between the braces of a class or an interface of a module."""
    return SOURCES[module].split(f"export {what} {{\n")[1].split("\n}\n")[0]


def test_every_method_and_value_is_described():
    members = set(MEMBER.findall(body_of("beside", "class Beside"))) - {"constructor"}
    assert {"do", "records", "session", "signOut", "history", "position"} <= members
    assert {name for name in members if f"`{name}" not in PAGE} == set()


def test_every_option_is_described():
    options = set(re.findall(r"^  readonly (\w+)\??:", body_of("options", "interface Options"), re.MULTILINE))
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", PAGE.split("## Opening")[1].split("\n## ")[0], re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == options


def test_every_error_of_the_client_is_described():
    codes = {code for text in SOURCES.values() for code in re.findall(r'code: "(\w+)"', text)}
    codes |= set(re.findall(r'"(storage_\w+)"', SOURCES["database"]))
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE.split("## Errors")[1].split("\n## ")[0], re.MULTILINE))
    assert rows - {"code"} == codes


@pytest.mark.parametrize(("module", "name", "fact"), LIMITS)
def test_the_limits_are_as_described(module, name, fact):
    [number] = re.findall(rf"const {name} = ([\d_]+)", SOURCES[module])
    value = int(number) // (1000 if name == "LATEST" else 1)
    assert fact.format(f"{value:,}") in WORDS


def test_the_size_is_as_described():
    assert f"The client is less than {MOST // 1000} kB (minified, gzip), with its transport" in WORDS


def test_nothing_is_written_into_pages_as_html():
    ways = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|DOMParser")
    assert {name for name, text in SOURCES.items() if ways.search(text)} == set()


def test_no_regular_expression_looks_behind():
    """Safari before 16.4 could not read the file that it stands in."""
    assert {name for name, text in SOURCES.items() if "(?<=" in text or "(?<!" in text} == set()
