"""Who may take people at all, and who may take minors: one rule for every way in which two people are brought together.

Everything here takes what is kept of a specialist, ``{credential?, leaving_at?, gone?}``, or what a peer says of
themselves, ``{age_band?}``. Who has not said how old they are is taken for an adult.
"""

from collections.abc import Mapping
from typing import Any

Data = Mapping[str, Any]


def is_minor(about: Data) -> bool:
    """Tell whether a peer says that they are under 18."""
    return about.get("age_band") == "under_18"


def serves_until(data: Data) -> int:
    """Return until when a specialist may take people, in ms; 0: not at all, without a supervisor or about to leave."""
    credential = data.get("credential")
    if credential is None or credential["supervisor"] is None:
        return 0
    stays = data.get("leaving_at") is None and not data.get("gone", False)
    return int(credential["until"]) if stays else 0


def takes_minors(data: Data) -> bool:
    """Tell whether a specialist is cleared for people under 18."""
    return bool((data.get("credential") or {}).get("minors_ok"))


def may_take(data: Data, now: int, *, minor: bool) -> bool:
    """Tell whether a specialist may take somebody now (ms)."""
    return now < serves_until(data) and (takes_minors(data) or not minor)
