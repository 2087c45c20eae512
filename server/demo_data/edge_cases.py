"""The edge cases that every population has, whatever its seed. They are its first people; the others are drawn."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from server.demo_data.people import Person
from server.demo_data.tables import NOBODYS_TOPIC

# {path into a person: the value that replaces the drawn one}
Corner = Mapping[str, Any]

RARE_LANGUAGE = "ka"
FIRST_SUPERVISOR = "synthetic-v-0001"
EVENINGS = [[day, 18 * 60, 22 * 60] for day in range(7)]
AFTERNOONS = [[day, 12 * 60, 16 * 60] for day in range(7)]
FRIDAY_AND_SATURDAY = [[0, 1140, 1320], [2, 1140, 1320], [4, 600, 1020], [5, 600, 1020]]


def set_in(person: Person, corner: Corner) -> None:
    """Replace some values of a drawn person by those of an edge case."""
    for path, value in corner.items():
        *inside, last = path.split(".")
        place = person[inside[0]] if inside else person
        place[last] = deepcopy(value)


def _hours(zone: str, weekly: list[list[int]]) -> Mapping[str, Any]:
    return {"zone": zone, "weekly": weekly, "exceptions": {}}


def _asks(*topics: str, **must: Any) -> Corner:
    """Return the values of a request about some topics, whose only hard conditions are ``must``."""
    return {"request.topics": dict.fromkeys(topics, 3), "request.quiet": [], "request.must": must}


def _named(name: str, age_band: str, **languages: int) -> Corner:
    return {"name": name, "profile.languages": languages, "profile.age_band": age_band}


def _serves(name: str, **languages: int) -> Corner:
    """Return the values that make sure that a specialist takes people."""
    return {
        **_named(name, "40_59", **languages),
        "practice.name": name,
        "practice.places": 6,
        "practice.avoid": [],
        "credential.supervisor": FIRST_SUPERVISOR,
        "paused": False,
        "leaving": False,
    }


PEERS: Mapping[str, Corner] = {
    "only one specialist speaks their language": {
        **_named("მდინარე 1", "25_39", **{RARE_LANGUAGE: 3}),
        **_asks("loneliness"),
        "availability": _hours("Asia/Tbilisi", EVENINGS),
    },
    "no specialist knows their topic": {
        **_named("Heron 2", "25_39", en=3),
        **_asks(NOBODYS_TOPIC),
        "availability": _hours("Europe/London", EVENINGS),
    },
    "no specialist is what must be": {  # all specialists are of age
        **_named("Wren 3", "under_18", en=3),
        **_asks("family_conflict", age_bands=["under_18"]),
        "availability": _hours("America/New_York", EVENINGS),
    },
    "clocks change here and there, on different days": {
        **_named("Ahorn 4", "40_59", de=3, en=2),
        **_asks("grief_loss", "sleep"),
        "availability": _hours("Europe/Berlin", EVENINGS),
    },
    "half an hour off": {**_named("नदी 5", "18_24", hi=3, en=2), "availability.zone": "Asia/Kolkata"},
    "a quarter of an hour off": {**_named("बादल 6", "25_39", ne=3, en=2), "availability.zone": "Asia/Kathmandu"},
    "clocks change by half an hour": {**_named("Tern 7", "60_plus", en=3), "availability.zone": "Australia/Lord_Howe"},
    "a name from right to left, and a weekend of Friday and Saturday": {
        **_named("ياسمين 8", "25_39", ar=3, en=1),
        "availability": _hours("Asia/Riyadh", FRIDAY_AND_SATURDAY),
    },
    "a name in Chinese script": {**_named("竹林 9", "18_24", zh=3, en=1), "availability.zone": "Asia/Shanghai"},
}
SPECIALISTS: Mapping[str, Corner] = {
    "nobody else speaks their language": {
        **_serves("მთვარე 1", **{RARE_LANGUAGE: 3, "en": 2}),
        "availability": _hours("Asia/Tbilisi", EVENINGS),
    },
    "clocks change here and there, on different days": {
        **_serves("Heather 2", en=3),
        "availability": _hours("America/New_York", AFTERNOONS),
        "credential.minors_ok": True,
    },
    "no places": {"practice.places": 0},
    "leaves, with eight places": {"practice.places": 8, "leaving": True},
}
