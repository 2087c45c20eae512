"""The floor of a short list: a specialist is suggested only with something in common with a topic of the request.

A peer can conclude from the list who is above the floor, so hidden facts must not be the only way above it. A topic
also counts if the specialist says that they can listen to it well, and no peer is told which specialist says so. So a
list never proves that somebody on it has lived through something that they do not show.
"""

from collections.abc import Mapping
from typing import Any

from server.matching import policy
from server.matching.taxonomy import TOPICS

LIVED = "lived"  # the kind of fact that counts, and the condition in `must`: it holds unless it is false


def topics_above(facts: Mapping[str, Mapping[str, Any]], practice: Mapping[str, Any]) -> set[str]:
    """Return the topics for which a specialist is above the floor.

    ``facts`` are those that may be used for matching. A topic counts if the specialist has lived through it or through
    another topic of its family, or says that they can listen to it well.
    """
    lived = {fact["topic"] for fact in facts.values() if fact["kind"] == LIVED}
    families = {TOPICS[topic].family for topic in lived if topic in TOPICS}
    listens = {topic for topic, level in practice.get("comfort", {}).items() if level >= policy.LISTENS_WELL}
    return lived | listens | {topic.id for topic in TOPICS.values() if topic.family in families}


def has_floor(topics: Mapping[str, int], must: Mapping[str, Any]) -> bool:
    """Return True if a request finds only specialists above the floor: it has topics, and keeps the condition LIVED."""
    return bool(topics) and bool(must.get(LIVED, True))
