"""The topics for which peers look for help and specialists offer it: Beside's own list, versioned, CC0.

An id always keeps its meaning, and a topic with a new label keeps its id. A topic that is split is retired, and names
its successor.
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
    since: int  # the version of the list that added it
    labels: Mapping[str, str]  # {locale: its name, as in "You both know what … is like"}
    sentences: Mapping[str, str]  # {locale: a sentence that says what it means}
    sensitive: bool
    minors_ok: bool
    retired_by: str | None


_data: Mapping[str, Any] = loads((files(__package__) / "topics.json").read_text(encoding="utf-8"))

VERSION: int = _data["version"]
TOPICS: Mapping[str, Topic] = {row["id"]: Topic(**row) for row in _data["topics"]}


def label(topic: str, locale: str) -> str:
    """Return a topic's label in a locale, else in a wider one (de-AT, de), else in English.

    Raises KeyError for an unknown topic.
    """
    labels = TOPICS[topic].labels
    while locale not in labels:
        locale = locale.rpartition("-")[0] or FALLBACK
    return labels[locale]


def current(topic: str) -> str:
    """Return the successor of a retired topic, or the topic itself; raises KeyError for an unknown topic."""
    while (after := TOPICS[topic].retired_by) is not None:
        topic = after
    return topic


def described() -> list[dict[str, Any]]:
    """Return all topics in the form that apps get."""
    rows: list[dict[str, Any]] = _data["topics"]
    return rows
