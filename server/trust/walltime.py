"""Promised times: from local clock time to a moment in ms. No promise is broken because clocks were changed."""

import re
from datetime import datetime

from server.matching.hours import require_zone

_FIRST_YEAR = 1970
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")


def instant(local: str, zone: str) -> int:
    """Return the moment, in ms since the epoch, at which clocks in a zone show a time (YYYY-MM-DDTHH:MM).

    A time that clocks skip moves forward by as much as the clocks do. Of a time that comes twice, the later one is
    meant. Raises ValueError if the time is malformed or not in the years 1970 to 9999, or if the zone is unknown.
    """
    wall, place = _wall(local), require_zone(zone)
    # PEP 495 reads a time that comes twice, and a time that does not exist, in two ways. The later reading is meant:
    # the second of the two times, or the time moved forward.
    return round(1000 * max(wall.replace(tzinfo=place, fold=fold).timestamp() for fold in (0, 1)))


def _wall(local: str) -> datetime:
    refusal = f"'{local[:32]}' is no local time; write it as YYYY-MM-DDTHH:MM, in the years 1970 to 9999."
    if not _LOCAL.fullmatch(local):
        raise ValueError(refusal)
    try:
        wall = datetime.fromisoformat(local)
    except ValueError:
        raise ValueError(refusal) from None
    if wall.year < _FIRST_YEAR:
        raise ValueError(refusal)
    return wall
