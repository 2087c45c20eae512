"""The topics that people look for help with, and offer it on: our own list, versioned, CC0.

An id is for ever. A new label is no new topic; a topic that is split is retired, and points on to what came after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from json import loads
from typing import Any

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic."""

    id: str
    family: str
    since: int  # the version it came with
    labels: Mapping[str, str]  # {locale: what it is called, as in "You both know what … is like"}
    sentences: Mapping[str, str]  # {locale: what is meant}
    sensitive: bool
    minors_ok: bool
    retired_by: str | None


_data: Mapping[str, Any] = loads((files(__package__) / "topics.json").read_text(encoding="utf-8"))

VERSION: int = _data["version"]
TOPICS: Mapping[str, Topic] = {row["id"]: Topic(**row) for row in _data["topics"]}


def label(topic: str, locale: str) -> str:
    """Return what a topic is called in a locale, or in a wider one (de-AT, de), or in English; raises KeyError."""
    labels = TOPICS[topic].labels
    while locale not in labels:
        locale = locale.rpartition("-")[0] or FALLBACK
    return labels[locale]


def current(topic: str) -> str:
    """Return the topic that has taken the place of another, or the topic itself; raises KeyError."""
    while (after := TOPICS[topic].retired_by) is not None:
        topic = after
    return topic


def described() -> list[dict[str, Any]]:
    """Return all topics as apps are given them."""
    rows: list[dict[str, Any]] = _data["topics"]
    return rows
