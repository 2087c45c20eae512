"""Which specialists may take peers, and which may take minors: one rule for every way to pair two people.

The functions take either the stored data of a specialist, ``{credential?, leaving_at?, gone?, suspended_until?}``, or
what a peer says about themselves, ``{age_band?}``. A peer who gives no age band counts as an adult.
"""

from collections.abc import Mapping
from typing import Any

from schemas.programme import SAFEGUARDS

Data = Mapping[str, Any]


def is_minor(about: Data) -> bool:
    """Return True if a peer says that they are under 18."""
    return about.get("age_band") == "under_18"


def is_in_service(data: Data, now: int) -> bool:
    """Return True if a specialist neither leaves nor is out of service, and is not suspended at ``now`` (ms)."""
    return _stays(data) and now >= suspended_until(data)


def suspended_until(data: Data) -> int:
    """Return until when (ms) moderators have suspended a specialist or a peer; 0: they have not."""
    return int(data.get("suspended_until", 0))


def serves_until(data: Data) -> int:
    """Return until when (ms) a specialist may take peers; 0: never.

    It is 0 without a credential or a supervisor, and for a specialist who leaves or is gone. Ignores suspensions, which
    end by themselves.
    """
    credential = data.get("credential")
    if credential is None or credential["supervisor"] is None:
        return 0
    return int(credential["until"]) if _stays(data) else 0


def takes_minors(data: Data) -> bool:
    """Return True if a specialist is cleared for peers under 18."""
    return bool((data.get("credential") or {}).get("minors_ok"))


def unmet(data: Data, now: int, *, minor: bool) -> list[str]:
    """Return those of SAFEGUARDS that a specialist does not have at ``now`` (ms) for a peer, who may be a minor."""
    credential = data.get("credential") or {"supervisor": None, "until": 0}
    has = (credential["supervisor"] is not None, now < credential["until"], takes_minors(data) or not minor)
    return [name for name, is_met in zip(SAFEGUARDS, has, strict=True) if not is_met]


def may_take(data: Data, now: int, *, minor: bool) -> bool:
    """Return True if a specialist may take a peer, who may be a minor, at ``now`` (ms)."""
    return is_in_service(data, now) and not unmet(data, now, minor=minor)


def _stays(data: Data) -> bool:
    return data.get("leaving_at") is None and not data.get("gone", False)
