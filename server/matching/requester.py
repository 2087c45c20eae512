"""A request in the form that matching uses, and hours as availability records store them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.text import primary_languages
from server.matching.clearance import is_minor
from server.matching.hours import FULL, Hours, week
from sync.clock import DAY


@dataclass(frozen=True, slots=True)
class Requester:
    """What one peer looks for, and what the peer says about themselves."""

    id: str
    topics: Mapping[str, int]  # {topic: weight 1 to 3}
    quiet: frozenset[str]  # topics that are named to nobody
    languages: Mapping[str, int]  # {primary language: level 1 to 3}
    minor: bool
    age_band: str | None
    zone: str
    hours: int  # bitset of the slots of the coming week
    hours_said: bool  # False: the peer gave no hours and counts as always available
    asynchronous: bool  # needs no common hours
    must: Mapping[str, Any]
    wishes: Mapping[str, Any]
    apart: frozenset[str]
    excluded: frozenset[str]  # specialists whom this peer must not meet
    waited: float = 0.0  # days
    priority: bool = False


def requester(
    name: str, asked: Mapping[str, Any], about: Mapping[str, Any], excluded: frozenset[str], now: int
) -> Requester:
    """Return the requester for a request, ``asked``, of a peer who says ``about`` of themselves, at ``now`` (ms)."""
    hours = hours_of(about.get("availability"))
    return Requester(
        id=name,
        topics=asked["topics"],
        quiet=frozenset(asked["quiet"]),
        languages=primary_languages(asked["languages"]),
        minor=is_minor(about),
        age_band=about.get("age_band"),
        zone=hours.zone if hours else "UTC",
        hours=week(hours, now) if hours else FULL,
        hours_said=hours is not None,
        asynchronous=asked["asynchronous"],
        must=asked["must"],
        wishes=asked["wishes"],
        apart=frozenset(asked["apart"]),
        excluded=excluded,
        waited=(now - asked["opened_at"]) / DAY,
        priority=asked.get("priority", False),
    )


def hours_of(data: Mapping[str, Any] | None) -> Hours | None:
    """Return the hours of an availability {zone, weekly, exceptions}, or None if there are none."""
    if data is None or not (data["weekly"] or data["exceptions"]):
        return None
    weekly = tuple((day, start, end) for day, start, end in data["weekly"])
    exceptions = {date: tuple((start, end) for start, end in spans) for date, spans in data["exceptions"].items()}
    return Hours(data["zone"], weekly, exceptions)
