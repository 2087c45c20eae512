"""The library of open questions: written for Beside, versioned, CC0. An id keeps its meaning, also when retired."""

from collections.abc import Mapping
from importlib.resources import files
from json import loads
from typing import Any

_data: Mapping[str, Any] = loads((files(__package__) / "prompts.json").read_text(encoding="utf-8"))

VERSION: int = _data["version"]
_BY_ID: Mapping[str, Mapping[str, Any]] = {row["id"]: row for row in _data["prompts"]}


def text(prompt: str, locale: str) -> str:
    """Return the words of a prompt in a locale; raises KeyError if either is unknown."""
    return str(_BY_ID[prompt]["texts"][locale])


def library(after: int) -> dict[str, Any]:
    """Return {version, licence, themes, prompts} with the prompts that are newer than a version; 0: all of them."""
    new = [row for row in _data["prompts"] if row["version"] > after]
    return {"version": VERSION, "licence": _data["licence"], "themes": _data["themes"], "prompts": new}
