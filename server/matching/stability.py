"""Check whether a matching is stable: find the pairs that block it, and explain why two people are not paired.

A pair blocks if both list each other, the peer is unmatched or strictly prefers the specialist to its own, and the
specialist has a free place or strictly prefers the peer to the least preferred of its peers. Source: Gale and Shapley
(1962); with ties this is weak stability (Irving, "Stable marriage and indifference", 1994).
"""

from collections.abc import Mapping

from server.matching.preferences import Matching, Preferences, ranks, require_sound
from server.matching.reasons import Reason


def require_valid(
    peers: Preferences, specialists: Preferences, capacities: Mapping[str, int], matching: Matching
) -> None:
    """Raise ValueError, with the name and the defect, if the lists are bad or the matching is impossible.

    A matching is impossible with an unknown name, a pair that did not list each other, or a specialist with more peers
    than places.
    """
    require_sound(peers, specialists, capacities)
    case = _Case(peers, specialists, capacities, matching)
    for peer, specialist in sorted(matching.items()):
        if peer not in peers:
            raise ValueError(f"The matching names '{peer}', who is not among the peers.")
        if specialist is not None and specialist not in specialists:
            raise ValueError(f"Peer '{peer}' is matched to '{specialist}', who is not among the specialists.")
        if specialist is not None and not case.acceptable(peer, specialist):
            raise ValueError(f"Peer '{peer}' is matched to '{specialist}', but they did not list each other.")
    for who, has in sorted(case.has.items()):
        if len(has) > capacities[who]:
            raise ValueError(f"Specialist '{who}' is given {len(has)} peers; it has places for {capacities[who]}.")


def blocking_pairs(
    peers: Preferences, specialists: Preferences, capacities: Mapping[str, int], matching: Matching
) -> list[tuple[str, str]]:
    """Return the pairs ``(peer, specialist)`` that block a matching, sorted; raises ValueError if it is not valid."""
    require_valid(peers, specialists, capacities, matching)
    case = _Case(peers, specialists, capacities, matching)
    return sorted(
        (peer, who)
        for peer, rank in case.by_peer.items()
        for who in rank
        if case.acceptable(peer, who) and case.peer_would(peer, who) and case.specialist_would(peer, who)
    )


def explain(
    peers: Preferences,
    specialists: Preferences,
    capacities: Mapping[str, int],
    matching: Matching,
    peer: str,
    specialist: str,
) -> Reason:
    """Return why two people are not paired; raises ValueError for an unknown name or a matching that is not valid."""
    require_valid(peers, specialists, capacities, matching)
    for role, who, known in (("peers", peer, peers), ("specialists", specialist, specialists)):
        if who not in known:
            raise ValueError(f"'{who}' is not among the {role}.")
    return _Case(peers, specialists, capacities, matching).reason(peer, specialist)


def explain_unmatched(
    peers: Preferences, specialists: Preferences, capacities: Mapping[str, int], matching: Matching
) -> dict[str, list[Reason]]:
    """Return, for each unmatched peer, the reason for each specialist on its list, in order of rank.

    Raises ValueError for a matching that is not valid.
    """
    require_valid(peers, specialists, capacities, matching)
    case = _Case(peers, specialists, capacities, matching)
    return {
        peer: [case.reason(peer, who) for who in rank if who in specialists]
        for peer, rank in sorted(case.by_peer.items())
        if matching.get(peer) is None
    }


class _Case:
    """One matching, with its ranks and partners computed once."""

    def __init__(
        self, peers: Preferences, specialists: Preferences, capacities: Mapping[str, int], matching: Matching
    ) -> None:
        self.partner, self._places = matching, capacities
        self.by_peer = {peer: ranks(wishes) for peer, wishes in peers.items()}
        self._by_specialist = {who: ranks(wishes) for who, wishes in specialists.items()}
        self.has: dict[str, list[str]] = {who: [] for who in specialists}
        for peer, who in sorted(matching.items()):
            if who in self.has:
                self.has[who].append(peer)
        self.worst = {who: self._worst(who) for who in specialists}

    def acceptable(self, peer: str, specialist: str) -> bool:
        """Return True if both list each other."""
        return specialist in self.by_peer.get(peer, ()) and peer in self._by_specialist.get(specialist, ())

    def peer_would(self, peer: str, specialist: str) -> bool:
        """Return True if a peer is unmatched, or strictly prefers a specialist to the one that it has."""
        rank, partner = self.by_peer[peer], self.partner.get(peer)
        return partner is None or rank[specialist] < rank[partner]

    def specialist_would(self, peer: str, specialist: str) -> bool:
        """Return True if a specialist has a free place, or strictly prefers a peer to the worst of its peers."""
        rank, worst = self._by_specialist[specialist], self.worst[specialist]
        if worst is None:
            return self._places[specialist] > 0
        return rank[peer] < rank[worst]

    def reason(self, peer: str, specialist: str) -> Reason:
        """Return the reason why two people are not paired, or the statement that they are."""
        partner, worst = self.partner.get(peer), self.worst[specialist]
        if partner == specialist:
            return Reason("together", peer, specialist)
        if not self.acceptable(peer, specialist):
            deaf = specialist if specialist in self.by_peer[peer] else peer
            return Reason("not_listed", peer, specialist, partner, by=deaf)
        if self._places[specialist] == 0:
            return Reason("no_places", peer, specialist, partner)
        if not self.peer_would(peer, specialist):
            return Reason("peer_content", peer, specialist, partner)
        if not self.specialist_would(peer, specialist):
            return Reason("specialist_content", peer, specialist, partner, worst)
        return Reason("blocks", peer, specialist, partner, worst)

    def _worst(self, specialist: str) -> str | None:
        rank, has = self._by_specialist[specialist], self.has[specialist]
        if not has or len(has) < self._places[specialist]:
            return None
        return max(has, key=lambda peer: rank.get(peer, len(rank)))
