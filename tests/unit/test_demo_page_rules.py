"""The rules of the demo page, checked on its files: small files, words that are there and used, colours from tokens."""

import re

from server.web.app_files import FOLDER

DEMO = FOLDER / "demo"
SOURCES = {path.relative_to(DEMO).as_posix(): path.read_text() for path in sorted(DEMO.rglob("*.js"))}
WORDS = SOURCES["words.js"]
CODE = "\n".join(text for name, text in SOURCES.items() if name != "words.js")
KEYS = set(re.findall(r'^  "?([a-z][\w.]*)"?:', WORDS.partition("const THINGS")[0], re.MULTILINE))
MOST_LINES = 100


def test_its_files_are_small():
    assert len(SOURCES) > 10
    assert {name: count for name, text in SOURCES.items() if (count := text.count("\n")) > MOST_LINES} == {}


def test_every_word_is_there_and_used():
    asked = {key for found in re.findall(r"\bt\(([^;]*)", CODE) for key in re.findall(r'"([a-z][\w.]*)"', found)}
    started = set(re.findall(r"\bt\(`([a-z]+\.)\$\{", CODE))
    assert len(KEYS) > 40
    named = {key for key in asked if "." in key or key in KEYS}
    assert {key for key in named if key not in KEYS and not key.startswith("of-")} == set()
    quoted = set(re.findall(r'"([a-z][\w.]*)"', CODE))
    assert {key for key in KEYS if key not in quoted and not key.startswith(tuple(started))} == set()


def test_its_colours_are_tokens_and_no_style_stands_in_the_page():
    style = (DEMO / "style.css").read_text()
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?!\s*[{,.>])|rgba?\(|hsla?\(", re.sub(r"#demo\b", "", style)) == []
    assert "style=" not in CODE + (DEMO / "index.html").read_text()
