"""Made-up people, in the form of the commands' arguments: a peer with a request, or a specialist with a practice."""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

from server.demo_data import preferences, tables
from server.demo_data.names import name
from server.demo_data.random_numbers import SplitMix64
from server.demo_data.weeks import peers_week, specialists_week
from server.matching.taxonomy import TOPICS

Person = dict[str, Any]

ABOUT = "A made-up person, to try Beside out."


def peer(seed: int, number: int) -> Person:
    """Return a peer with a request."""
    dice = SplitMix64.of(seed, f"peer-{number}")
    age_band = "under_18" if dice.chance(tables.MINORS) else tables.PEER_AGE.draw(dice)
    profile = preferences.profile(dice, tables.SECOND_LANGUAGE, age_band)
    first, tags = preferences.first_language(profile), preferences.tags(dice)
    zone = tables.ZONES[first].draw(dice)
    return {
        "handle": f"synthetic-p-{number:04}",
        "name": name(dice, first, number),
        "profile": profile,
        "identities": tags,
        "availability": {"zone": zone, "weekly": peers_week(dice, zone), "exceptions": {}},
        "request": _request(dice, profile, tags),
        "synthetic": True,
    }


def specialist(seed: int, number: int, supervisor: str) -> Person:
    """Return a specialist with a practice."""
    dice = SplitMix64.of(seed, f"specialist-{number}")
    profile = preferences.profile(dice, tables.BILINGUAL, tables.SPECIALIST_AGE.draw(dice))
    first, tags, facts = preferences.first_language(profile), preferences.tags(dice), _facts(dice)
    called, zone = name(dice, first, number), tables.ZONES[first].draw(dice)
    return {
        "handle": f"synthetic-s-{number:04}",
        "name": called,
        "profile": profile,
        "identities": tags,
        "facts": facts,
        "availability": {"zone": zone, "weekly": specialists_week(dice), "exceptions": {}},
        "practice": {"name": called, "about": ABOUT, **_practice(dice, [fact["topic"] for fact in facts])},
        "credential": {
            "minors_ok": dice.chance(tables.CLEARED_FOR_MINORS),
            "supervisor": None if dice.chance(tables.UNSUPERVISED) else supervisor,
            "valid_days": dice.between(*tables.VALID),
        },
        "paused": dice.chance(tables.PAUSED),
        "leaving": dice.chance(tables.LEAVES),
        "synthetic": True,
    }


def _request(dice: SplitMix64, profile: Mapping[str, Any], tags: Sequence[str]) -> Person:
    minor = profile["age_band"] == "under_18"
    known = [topic for topic in tables.COMMON if TOPICS[topic].minors_ok or not minor]
    topics = preferences.topics(dice, known, tables.PEER_TOPICS.draw(dice), tables.PEER_ZIPF)
    must, wishes = preferences.gender_wish(dice, profile.get("gender"))
    if dice.chance(tables.MUST_LIVED):
        must["topics"] = topics[:1]
    if dice.chance(tables.WISH_AGE):
        wishes["age_bands"] = ["18_24" if minor else profile["age_band"]]
    if tags and dice.chance(tables.WISH_TAG):
        wishes["identities"] = [dice.one(tags)]
    if dice.chance(tables.WISH_STYLE):
        wishes["style"] = tables.STYLE.draw(dice)
    return {
        "mode": "choose" if dice.chance(tables.CHOOSES) else "first_who_can",
        "topics": {topic: dice.between(1, 3) for topic in topics},
        "quiet": [topic for topic in topics if dice.chance(tables.QUIET[TOPICS[topic].sensitive])],
        "must": must,
        "wishes": wishes,
        "asynchronous": dice.chance(tables.PEER_ASYNCHRONOUS),
        "patience_hours": _patience(dice),
    }


def _patience(dice: SplitMix64) -> int:
    hours = round(tables.PATIENCE * exp(tables.PATIENCE_SPREAD * dice.normal()))
    return min(max(hours, tables.LEAST_PATIENCE), tables.MOST_PATIENCE)


def _facts(dice: SplitMix64) -> list[Person]:
    """Return a specialist's facts; the first is of the kind "lived", and matching may use it."""
    known = [topic for topic in tables.COMMON if topic != tables.NOBODYS_TOPIC]
    topics = preferences.topics(dice, known, tables.SPECIALIST_TOPICS.draw(dice), tables.SPECIALIST_ZIPF)
    facts = [
        {
            "topic": topic,
            "kind": tables.KIND.draw(dice),
            "depth": dice.between(1, 3),
            "tier": tables.TIER.draw(dice),
        }
        for topic in topics
    ]
    facts[0]["kind"] = "lived"
    if facts[0]["tier"] == "private":
        facts[0]["tier"] = "match_only"
    return facts


def _practice(dice: SplitMix64, topics: Sequence[str]) -> Person:
    others = [topic for topic in tables.COMMON if topic not in topics]
    places = round(tables.PLACES / tables.PLACES_SHAPE * dice.gamma(tables.PLACES_SHAPE))
    bands = [band for band in tables.BANDS if dice.chance(tables.BAND)] if dice.chance(tables.CHOOSY) else []
    return {
        "places": min(max(places, 1), tables.MOST_PLACES),
        "standing_yes": dice.chance(tables.STANDING_YES),
        "avoid": [dice.one(others)] if dice.chance(tables.AVOIDS) else [],
        "comfort": {topic: dice.between(1, 3) for topic in topics if dice.chance(tables.COMFORT)},
        "style": tables.STYLE.draw(dice) if dice.chance(tables.STYLED) else None,
        "age_bands": bands,
        "asynchronous": dice.chance(tables.SPECIALIST_ASYNCHRONOUS),
    }
