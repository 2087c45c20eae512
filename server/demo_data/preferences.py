"""The languages, topics, genders and tags of made-up people, drawn from the tables."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from server.demo_data import tables
from server.demo_data.random_numbers import Shares, SplitMix64
from server.matching.taxonomy import TOPICS

_first_language = Shares(tables.LANGUAGE)
_gender_wish: Shares[str] = Shares(
    {"must": tables.MUST_GENDER, "wish": tables.WISH_GENDER, "none": 1 - tables.MUST_GENDER - tables.WISH_GENDER}
)


def profile(dice: SplitMix64, second: float, age_band: str) -> dict[str, Any]:
    """Return a profile; ``second`` is the probability of a second language, 0 to 1."""
    languages = {_first_language.draw(dice): 3}
    if dice.chance(second):
        others = {language: share for language, share in tables.LANGUAGE.items() if language not in languages}
        languages[Shares(others).draw(dice)] = dice.between(1, 3)
    gender = tables.GENDER.draw(dice)
    return {"languages": languages, "age_band": age_band} | ({"gender": gender} if gender else {})


def first_language(said: Mapping[str, Any]) -> str:
    """Return the first language of a profile."""
    languages: Mapping[str, int] = said["languages"]
    return next(iter(languages))


def tags(dice: SplitMix64) -> list[str]:
    """Return the identities of a person."""
    return [tag for tag in tables.TAGS if dice.chance(tables.TAG)]


def topics(dice: SplitMix64, known: Sequence[str], count: int, zipf: float) -> list[str]:
    """Return ``count`` topics, drawn by how common they are; topics of the first one's family are more likely."""
    chosen = [_by_rank(tuple(known), zipf).draw(dice)]
    family = TOPICS[chosen[0]].family
    while len(chosen) < count:
        near = {
            topic: weight(topic, zipf) * (tables.SAME_FAMILY if TOPICS[topic].family == family else 1)
            for topic in known
            if topic not in chosen
        }
        chosen.append(Shares(near).draw(dice))
    return chosen


def gender_wish(dice: SplitMix64, gender: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (hard conditions, wishes). One of them may name a gender, most often the person's own."""
    how = _gender_wish.draw(dice)
    wanted = gender if gender and dice.chance(tables.SAME_GENDER) else dice.one(("woman", "man"))
    return {"gender": wanted} if how == "must" else {}, {"gender": wanted} if how == "wish" else {}


def weight(topic: str, zipf: float) -> float:
    """Return how likely a topic is, relative to the commonest one."""
    return float((tables.COMMON.index(topic) + 1) ** -zipf)


@cache
def _by_rank(known: tuple[str, ...], zipf: float) -> Shares[str]:
    return Shares({topic: weight(topic, zipf) for topic in known})
