"""Topics that are used to find people must be in the taxonomy: free words never decide who is found."""

from collections.abc import Iterable

from schemas.errors import BadRequest
from server.matching.taxonomy import TOPICS


def require_topics(field: str, names: Iterable[str]) -> None:
    """Raise BadRequest, which names the field, unless all names are ids of topics."""
    for name in names:
        if name not in TOPICS:
            raise BadRequest(f"{field}: there is no topic '{name}'; GET /api/v1/topics has all.", field=f"args.{field}")
