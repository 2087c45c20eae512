"""Which specialists may take peers, and which may take minors: one rule for every way to pair two people.

The functions take either the stored data of a specialist, ``{credential?, leaving_at?, gone?}``, or what a peer says
about themselves, ``{age_band?}``. A peer who gives no age band counts as an adult.
"""

from collections.abc import Mapping
from typing import Any

Data = Mapping[str, Any]


def is_minor(about: Data) -> bool:
    """Return True if a peer says that they are under 18."""
    return about.get("age_band") == "under_18"


def serves_until(data: Data) -> int:
    """Return until when (ms) a specialist may take peers; 0: never, without credential or supervisor, or if leaving."""
    credential = data.get("credential")
    if credential is None or credential["supervisor"] is None:
        return 0
    stays = data.get("leaving_at") is None and not data.get("gone", False)
    return int(credential["until"]) if stays else 0


def takes_minors(data: Data) -> bool:
    """Return True if a specialist is cleared for peers under 18."""
    return bool((data.get("credential") or {}).get("minors_ok"))


def may_take(data: Data, now: int, *, minor: bool) -> bool:
    """Return True if a specialist may take a peer, who may be a minor, at ``now`` (ms)."""
    return now < serves_until(data) and (takes_minors(data) or not minor)
