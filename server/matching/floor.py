"""The floor of a short list: nobody is suggested who has nothing in common with any topic of the request.

A peer reads from the list who is above the floor, and therefore facts that are not shown must not be the only way to
get there. What a specialist says they can listen to well counts as well, and no peer is ever told who said it. So it
never follows from a list that somebody on it has lived through something that they do not show.
"""

from collections.abc import Mapping
from typing import Any

from server.matching import policy
from server.matching.taxonomy import TOPICS

LIVED = "lived"  # the kind of fact that counts, and the name of the condition in `must`; left out there, it holds


def topics_above(facts: Mapping[str, Mapping[str, Any]], practice: Mapping[str, Any]) -> set[str]:
    """Return the topics for which a specialist is above the floor.

    ``facts`` are those that may be used for matching. A topic counts if the specialist has lived through it, or through
    another of its family, or says that they can listen to it well.
    """
    lived = {fact["topic"] for fact in facts.values() if fact["kind"] == LIVED}
    families = {TOPICS[topic].family for topic in lived if topic in TOPICS}
    listens = {topic for topic, level in practice.get("comfort", {}).items() if level >= policy.LISTENS_WELL}
    return lived | listens | {topic.id for topic in TOPICS.values() if topic.family in families}


def has_floor(topics: Mapping[str, int], must: Mapping[str, Any]) -> bool:
    """Return True if a request finds only specialists above the floor: it names topics, and its peer did not widen."""
    return bool(topics) and bool(must.get(LIVED, True))
