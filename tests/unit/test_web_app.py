"""The rules of the web app, checked on its files: small views, all words in one place, all colours tokens."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from server.web.app_files import FOLDER, TYPES, app_files, listed, policy, served

LANGUAGES = ("en", "de", "es", "ar")
PLURALS = {
    "en": {"one", "other"},
    "de": {"one", "other"},
    "es": {"one", "other"},
    "ar": {"one", "two", "few", "other"},
}
PLURAL = re.compile(r"\.(one|two|few|many|other)$")
APART = {"vendor", "demo"}  # the code of others, and the demo page: see test_demo_page_rules.py
SCRIPTS = sorted(path for path in FOLDER.rglob("*.js") if path.relative_to(FOLDER).parts[0] not in APART)
SHOWN = sorted([*(FOLDER / "views").glob("*.js"), *(FOLDER / "parts").glob("*.js"), FOLDER / "app.js"])
MOST_LINES = 100
SOURCES = {path: path.read_text() for path in SCRIPTS}
CODE = "\n".join(SOURCES.values())
QUOTED = {found for text in SOURCES.values() for found in re.findall(r'"([a-z][\w.-]*)"', text)}
STARTED = {found for text in SOURCES.values() for found in re.findall(r"`([a-z][\w-]*\.(?:[\w-]+\.)*)\$\{", text)}
CALLED_WITH = r"\bt\(\s*(?:[^\"`()]*\? )?\"([^\"]+)\"(?: : \"([^\"]+)\")?"


def words(language: str) -> dict[str, str]:
    found = json.loads((FOLDER / "words" / f"{language}.json").read_text())
    return {key: text for key, text in found.items() if not key.startswith("@")}


def singular(key: str, language_words: dict[str, str]) -> str:
    """Return a key without the category of its plural."""
    base = PLURAL.sub("", key)
    return base if PLURAL.search(key) and f"{base}.one" in language_words else key


def keys(language: str) -> set[str]:
    found = words(language)
    return {singular(key, found) for key in found}


def templates(text: str) -> Iterator[tuple[int, int]]:
    """Give where each html`…` of a script begins and ends."""
    for start in (found.end() for found in re.finditer(r"html`", text)):
        yield start, _end(text, start)


def _end(text: str, at: int) -> int:
    """Return where the template that goes on at a place ends."""
    while text[at] != "`":
        if text.startswith("${", at):
            at = _after_code(text, at + 2)
        else:
            at += 1
    return at


def _after_code(text: str, at: int) -> int:
    """Return where the code inside a template ends, after its brace."""
    depth = 1
    while depth:
        if text[at] in "\"'":
            at = text.index(text[at], at + 1)
        elif text[at] == "`":
            at = _end(text, at + 1)
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at


def literal(text: str, start: int, end: int) -> str:
    """Return a template without the code in it."""
    kept, at = "", start
    while at < end:
        if text.startswith("${", at):
            kept, at = f"{kept}{{}}", _after_code(text, at + 2)
        else:
            kept, at = kept + text[at], at + 1
    return kept


def test_a_view_has_at_most_100_lines():
    long = {path.name: len(text.splitlines()) for path, text in SOURCES.items() if len(text.splitlines()) > MOST_LINES}
    assert not {name: lines for name, lines in long.items() if name != "app.js"}


def test_every_word_is_there_in_all_languages():
    assert len(keys("en")) > 500
    for language in LANGUAGES[1:]:
        assert keys(language) == keys("en"), language


def test_every_plural_has_the_categories_of_its_language():
    for language in LANGUAGES:
        found = words(language)
        for key in {PLURAL.sub("", one) for one in found if singular(one, found) != one}:
            assert {one for one in PLURALS[language] if f"{key}.{one}" in found} == PLURALS[language], (language, key)


def test_every_word_has_the_same_values_in_all_languages():
    english = words("en")
    for language in LANGUAGES[1:]:
        found = words(language)
        for key, text in found.items():
            base = english.get(key) or english[PLURAL.sub(".other", key)]
            may_leave_out = {"count"} if PLURAL.search(key) else set()
            differ = set(re.findall(r"\{(\w+)\}", text)) ^ set(re.findall(r"\{(\w+)\}", base))
            assert differ <= may_leave_out, (language, key)


def test_every_word_that_a_view_asks_for_is_there():
    asked = {one for found in re.findall(CALLED_WITH, CODE) for one in found if one}
    assert len(asked) > 300
    assert asked <= keys("en")
    assert all(any(key.startswith(start) for key in keys("en")) for start in _asked_by_template())


def _asked_by_template() -> set[str]:
    return {found for text in SOURCES.values() for found in re.findall(r"\bt\(`([a-z][\w.-]*\.)\$\{", text)}


def test_every_word_is_used():
    lists = set(re.findall(r'(?:options|optional)\([^"`]*"([a-z][\w.]*)"\)', CODE))
    used = QUOTED | {key for key in keys("en") if key.startswith(tuple(STARTED | {f"{one}." for one in lists}))}
    assert keys("en") <= used


def test_no_view_has_words_of_its_own():
    found = 0
    for path in SHOWN:
        text = SOURCES[path]
        for start, end in templates(text):
            template = literal(text, start, end)
            outside = re.sub(r"<[^>]*>", " ", template.replace("=>", ""))
            assert not re.search(r"[^\W\d_]{2}", re.sub(r"&\w+;", "", outside)), (path.name, outside)
            spoken = re.findall(r'(?:aria-label|placeholder|title|label|hint|legend|alt)="([^"]*)"', template)
            assert not spoken, (path.name, spoken)
            found += 1
    assert found > 100


def test_every_colour_is_a_token():
    styles = (FOLDER / "style.css").read_text()
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|\b(rgb|hsl|oklch|color)a?\(", styles)
    assert not re.search(r"#[0-9a-fA-F]{6}\b", CODE)
    named = set(re.findall(r"var\((--[\w-]+)\)", styles))
    assert named <= set(re.findall(r"(--[\w-]+):", (FOLDER / "tokens.css").read_text()))


def test_there_is_no_style_outside_the_style_sheets():
    assert not re.search(r"\bstyle=|\.style(\.|\[| = )|<style", CODE + (FOLDER / "index.html").read_text())
    assert "innerHTML" not in CODE


def test_sides_are_logical_so_that_arabic_is_mirrored():
    styles = (FOLDER / "style.css").read_text()
    assert not re.search(
        r"\b(margin|padding|border)-(left|right)\b|\btext-align: (left|right)\b|^\s*(left|right):", styles
    )


def test_the_libraries_are_those_that_were_fetched():
    vendor = FOLDER / "vendor"
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in vendor.glob("*.js")}
    assert found == json.loads((vendor / "hashes.json").read_text())


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, as WCAG has it."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    brighter, darker = sorted((light(one), light(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_everything_can_be_read_by_day_and_by_night():
    tokens = (FOLDER / "tokens.css").read_text()
    dark = tokens.split('[data-theme="dark"]')[1].split("}")[0]
    for theme in (tokens.split("}")[0], dark):
        colour = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", theme))
        for ground in ("ground", "raised", "sunken", "mine", "theirs"):
            assert contrast(colour["ink"], colour[ground]) >= 10, ground
            assert contrast(colour["quiet-ink"], colour[ground]) >= 4.5, ground
        for ground in ("ground", "raised", "sunken"):
            assert contrast(colour["deed"], colour[ground]) >= 4.5, ground
            assert contrast(colour["care"], colour[ground]) >= 4.5, ground
        assert contrast(colour["on-deed"], colour["deed"]) >= 4.5
        assert contrast(colour["on-care"], colour["care"]) >= 4.5
        assert contrast(colour["edge"], colour["ground"]) >= 3


@pytest.fixture
def app() -> Flask:
    app = Flask("test")
    app.register_blueprint(app_files())
    return app


def test_every_file_of_the_app_is_served_with_its_type(app):
    client = app.test_client()
    for name in served():
        answer = client.get(f"/app/{name}")
        assert answer.status_code == 200
        assert answer.mimetype == TYPES[Path(name).suffix]
        assert answer.headers["ETag"]


@pytest.mark.parametrize(
    "path",
    ["../server/app.py", "..%2fserver%2fapp.py", "%2e%2e/wsgi.py", "vendor/fetch.sh", "vendor/", "", ".git/config",
     "views", "a%00.js", f"{'a' * 300}.js", f"{'é' * 190}.js", "/etc/passwd", "lib/../../wsgi.py"],
)  # fmt: skip
def test_nothing_else_is_served(app, path):
    answer = app.test_client().get(f"/app/{path}")
    assert answer.status_code in ({200} if path == "" else {404, 308})
    if path == "":
        assert b"<!doctype html>" in answer.data


def test_a_file_that_the_browser_has_is_not_sent_again(app):
    client = app.test_client()
    first = client.get("/app/app.js", headers={"Accept-Encoding": "br"})
    assert first.headers["Content-Encoding"] == "br"
    again = client.get("/app/app.js", headers={"If-None-Match": first.headers["ETag"], "Accept-Encoding": "br"})
    assert (again.status_code, again.data) == (304, b"")
    assert "immutable" in client.get("/app/vendor/preact-11.2.0.js").headers["Cache-Control"]
    assert client.get("/app/app.js").headers["Cache-Control"] == "no-cache"


def test_the_policy_lets_in_the_scripts_of_the_app_and_nothing_else(app):
    page = app.test_client().get("/app/")
    said = page.headers["Content-Security-Policy"]
    assert said.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert "unsafe" not in said
    assert "frame-ancestors 'self'" in said
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "ws:// " not in policy(page.data, "evil host; script-src *")


def test_the_service_worker_is_told_of_every_file_and_of_every_change(monkeypatch, tmp_path):
    before = listed()
    assert all(name in before.decode() for name in ("app.js", "views/talk.js", "words/ar.json", "index.html"))
    monkeypatch.setattr("server.web.app_files.FOLDER", tmp_path)
    (tmp_path / "app.js").write_text("1")
    first = listed()
    (tmp_path / "app.js").write_text("2")
    assert len({before, first, listed()}) == 3


def test_the_digest_of_each_file_is_listed_and_is_its_etag(app):
    files = json.loads(listed().removeprefix(b"self.APP = ").removesuffix(b";\n"))["files"]
    assert set(files) == set(served()) - {"sw.js"}
    for name, digest in files.items():
        answer = app.test_client().get(f"/app/{name}")
        assert answer.headers["ETag"] == f'W/"{digest}"'
        assert hashlib.sha256(answer.data).hexdigest().startswith(digest)


def test_every_module_that_is_preloaded_and_mapped_exists():
    page = (FOLDER / "index.html").read_text()
    named = [*re.findall(r'href="([^"]+)"', page), *re.findall(r'": "\./([^"]+)"', page)]
    assert len(named) > 10
    assert all((FOLDER / name).is_file() for name in named)


def test_the_whole_app_is_small_on_its_way_to_a_phone(app):
    client, sizes = app.test_client(), {}
    for name in served():
        if not name.startswith(("words/", "icons/")):  # of which a phone fetches only what it uses
            sizes[name] = len(client.get(f"/app/{name}", headers={"Accept-Encoding": "br"}).data)
    assert sum(sizes.values()) + len(client.get("/app/words/en.json", headers={"Accept-Encoding": "br"}).data) < 120_000
