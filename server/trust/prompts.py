"""The library of open questions: ours, versioned, CC0. An id is for ever; a retired prompt can still be read."""

from collections.abc import Mapping
from importlib.resources import files
from json import loads
from typing import Any

_data: Mapping[str, Any] = loads((files(__package__) / "prompts.json").read_text(encoding="utf-8"))

VERSION: int = _data["version"]
_BY_ID: Mapping[str, Mapping[str, Any]] = {row["id"]: row for row in _data["prompts"]}


def text(prompt: str, locale: str) -> str:
    """Return the words of a prompt in a locale; raises KeyError."""
    return str(_BY_ID[prompt]["texts"][locale])


def library(after: int) -> dict[str, Any]:
    """Return what is new in the library since a version: {version, licence, themes, prompts}; 0: all of it."""
    new = [row for row in _data["prompts"] if row["version"] > after]
    return {"version": VERSION, "licence": _data["licence"], "themes": _data["themes"], "prompts": new}
