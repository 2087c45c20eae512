"""Values of arguments that must be known: topics of the taxonomy, and time zones. Schemas cannot look them up."""

from collections.abc import Iterable

from schemas.errors import BadRequest
from server.matching.hours import require_zone
from server.matching.taxonomy import TOPICS


def require_topics(field: str, names: Iterable[str]) -> None:
    """Raise BadRequest, which names the field, unless all names are ids of topics.

    Only topics of the taxonomy are used to find people; free words never decide who is found.
    """
    for name in names:
        if name not in TOPICS:
            raise BadRequest(f"{field}: there is no topic '{name}'; GET /api/v1/topics has all.", field=f"args.{field}")


def known_time_zone(field: str, zone: str) -> str:
    """Return a zone as the IANA database writes it; raises BadRequest, which names the field, if there is none."""
    try:
        return require_zone(zone).key
    except ValueError as error:
        raise BadRequest(f"{field}: {error}", field=f"args.{field}") from error
