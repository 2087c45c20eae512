"""Why a specialist is suggested: at most three honest reasons and one honest limit, as codes and as words.

Both sides read the reasons. So a topic is named only if the specialist shows it to every peer to whom they are
suggested, and the peer did not ask to keep it quiet. A fact that is not shown is never mentioned, not even as missing:
all reasons follow from what the peer may see anyway. So a specialist who hides a fact looks like one who has none.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.text import primary_languages
from server.matching.floor import LIVED, has_floor
from server.matching.hours import evenings, week
from server.matching.phrases import reason
from server.matching.requester import Requester, hours_of
from server.matching.taxonomy import TOPICS

Said = dict[str, Any]  # {code, …data, text: {locale: words}}

MOST_REASONS = 3
SHOWN_TIER = "profile"
EVENING = 0.6  # if at least this share of the common hours is in the evening, they are called evenings
WITHIN = (6, 12, 24, 48)  # hours; the reply time in a limit is rounded up to one of these
WELL = 2  # a language of this level or a higher one counts as spoken well


def explained(
    data: Mapping[str, Any], requester: Requester, shared: float, soon: float, now: int
) -> tuple[list[Said], Said]:
    """Return the reasons and the limit for one specialist, as both sides may read them.

    ``shared`` is in hours a week; ``soon`` is in hours until the specialist is available.
    """
    reasons = [
        *_lived(data, requester),
        *_identity(data, requester),
        *_hours(data, requester, shared, now),
        *_style(data, requester),
        *_language(data, requester),
    ]
    return reasons[:MOST_REASONS], _limit(data, requester, soon)


def may_not_have_lived(data: Mapping[str, Any], requester: Requester) -> Said | None:
    """Return the limit that only the peer of a widened request reads, or None.

    It is said of each specialist who shows no such experience, whether they have none or hide it. An offer does not
    contain it: the specialist could conclude from it which quiet topics the request has.
    """
    if not requester.topics or has_floor(requester.topics, requester.must):
        return None
    shown = _shown(data)
    close = shown & requester.topics.keys() or _family(shown, requester.topics)
    return None if close else reason("may_not_have_lived")


def _lived(data: Mapping[str, Any], requester: Requester) -> list[Said]:
    """Return reasons for topics that both know; if none, for one of the same family as a topic of the request."""
    shown, named = _shown(data) - requester.quiet, requester.topics.keys() - requester.quiet
    topics = sorted(shown & named, key=lambda topic: (-requester.topics[topic], topic))
    if topics:
        return [reason("both_know", topic=topic) for topic in topics[:2]]
    return [reason("knows_close", topic=topic) for topic in _family(shown, named)[:1]]


def _shown(data: Mapping[str, Any]) -> set[str]:
    return {fact["topic"] for fact in data["facts"].values() if fact["kind"] == LIVED and fact["tier"] == SHOWN_TIER}


def _family(shown: Iterable[str], topics: Iterable[str]) -> list[str]:
    """Return the ``shown`` topics that share a family with one of ``topics``, in alphabetical order."""
    families = {TOPICS[topic].family for topic in topics if topic in TOPICS}
    return sorted(topic for topic in shown if topic in TOPICS and TOPICS[topic].family in families)


def _identity(data: Mapping[str, Any], requester: Requester) -> list[Said]:
    shown = {
        fact["topic"] for fact in data["facts"].values() if fact["kind"] == "identity" and fact["tier"] == SHOWN_TIER
    }
    return [
        reason("as_wished", tag=tag) for tag in sorted(shown.intersection(requester.wishes.get("identities") or ()))[:1]
    ]


def _hours(data: Mapping[str, Any], requester: Requester, shared: float, now: int) -> list[Said]:
    if shared < 1 or not requester.hours_said:
        return []
    hours = hours_of(data.get("availability"))
    common = requester.hours & week(hours, now) if hours else 0
    when = "evenings" if evenings(common, requester.zone, now) >= EVENING else "any"
    return [reason(f"share_hours_{when}", hours=int(shared))]


def _style(data: Mapping[str, Any], requester: Requester) -> list[Said]:
    style = (data.get("practice") or {}).get("style")
    return [reason("style", style=style)] if style is not None and style == requester.wishes.get("style") else []


def _language(data: Mapping[str, Any], requester: Requester) -> list[Said]:
    best = _best(data, requester)
    return [reason("speaks", language=best[0])] if best and best[1] >= WELL else []


def _limit(data: Mapping[str, Any], requester: Requester, soon: float) -> Said:
    """Return the limit: the one property of the specialist that is most likely to disappoint the peer."""
    best = _best(data, requester)
    if best is not None and best[1] < WELL:
        return reason("some_language", language=best[0])
    within = next((hours for hours in WITHIN if soon + 4 <= hours), None)
    return reason("answers_within", hours=within) if within else reason("rarely_there")


def _best(data: Mapping[str, Any], requester: Requester) -> tuple[str, int] | None:
    """Return the common language with the highest level of the weaker speaker, and the specialist's level in it."""
    levels = primary_languages((data.get("profile") or {}).get("languages") or {})
    common = levels.keys() & requester.languages.keys()
    best = sorted(common, key=lambda one: (-min(levels[one], requester.languages[one]), one))
    return (best[0], levels[best[0]]) if best else None
