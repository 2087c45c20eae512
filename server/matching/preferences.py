"""Preference lists of peers and specialists, most preferred first; a group of equals is a tie."""

from collections.abc import Iterator, Mapping, Sequence

Preferences = Mapping[str, Sequence[str | Sequence[str]]]  # most preferred first; a nested list is a tie group
Matching = Mapping[str, str | None]  # {peer: specialist}; None, or no such key: unmatched


def groups(wishes: Sequence[str | Sequence[str]]) -> Iterator[Sequence[str]]:
    """Return the tie groups of one list, best first; a name without a tie is a group of one."""
    return ([entry] if isinstance(entry, str) else entry for entry in wishes)


def ranks(wishes: Sequence[str | Sequence[str]]) -> dict[str, int]:
    """Return ``{name: rank}`` for one list; 0 is the best, and names in a tie share a rank."""
    return {who: rank for rank, group in enumerate(groups(wishes)) for who in group}


def require_sound(peers: Preferences, specialists: Preferences, capacities: Mapping[str, int]) -> None:
    """Raise ValueError, with the name, for a duplicate in a list, and for a missing, unknown or negative capacity.

    A list may name a person who is unknown or did not list back: that entry has no effect.
    """
    for role, lists in (("peer", peers), ("specialist", specialists)):
        for who, wishes in lists.items():
            _require_once(role, who, wishes)
    for specialist in specialists:
        if specialist not in capacities:
            raise ValueError(f"Specialist '{specialist}' has no capacity.")
    for who, places in capacities.items():
        if who not in specialists:
            raise ValueError(f"There is a capacity for '{who}', who is not among the specialists.")
        if places < 0:
            raise ValueError(f"The capacity of specialist '{who}' is {places}; it cannot be below 0.")


def _require_once(role: str, who: str, wishes: Sequence[str | Sequence[str]]) -> None:
    seen: set[str] = set()
    for group in groups(wishes):
        for other in group:
            if other in seen:
                raise ValueError(f"The list of {role} '{who}' names '{other}' twice.")
            seen.add(other)
