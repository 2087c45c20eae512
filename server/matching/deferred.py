"""Deferred acceptance: both sides rank each other, peers propose, and in the result no pair blocks (see stability.py).

The algorithm is that of Gale and Shapley (1962), for specialists with several places, short lists and ties. A
specialist keeps the best of the peers who have proposed so far; a rejected peer proposes to the next specialist on its
list. The result does not depend on the order in which peers propose (McVitie and Wilson, 1971), and so not on the order
of the input either.

Ties. If a specialist ranks two peers equally, a peer whom its whole list has already rejected once comes first (Király,
"Better and simpler approximation algorithms for the stable marriage problem", 2008), then a hash of the seed and the
pair decides. The result is still stable, and serves more peers. The hash also breaks ties in a peer's list.

Promotion. After that, `rounds` times, each unmatched peer proposes to its whole list again, one level higher. A
specialist prefers a higher level to a lower one, whatever its list says. This gives up stability to serve more peers.
It is the multi-level proposing of Huang and Kavitha ("Popular matchings in the stable marriage problem", 2013) and of
Kavitha ("A size-popularity tradeoff in the stable marriage problem", 2014), extended to several places.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

from server.matching.preferences import Preferences, groups, ranks, require_sound

MOST_ROUNDS = 3  # more rounds cost much time and serve hardly any more peers


def accept(
    peers: Preferences, specialists: Preferences, capacities: Mapping[str, int], *, seed: str = "", rounds: int = 0
) -> dict[str, str | None]:
    """Return ``{peer: specialist or None}``, sorted by peer.

    With `rounds` = 0 no pair blocks (with ties: the matching is weakly stable), and without ties every peer gets the
    best specialist that it has in any stable matching. With more rounds, pairs in which both are matched may block,
    but an unmatched peer is never part of a pair that blocks.

    Each round serves as many peers or more. The result serves at least (rounds + 1) / (rounds + 2) of the largest
    possible number of peers, and all of that number if there are at most rounds + 1 specialists. Proof: a chain of
    moves that would serve one more peer passes k specialists. The first specialist rejected the unmatched peer on the
    highest level, so it keeps no peer on a lower level. Each following specialist keeps no peer more than one level
    lower than the specialist before it. The last specialist has a free place, so it rejected nobody, and the peer that
    would move there is on the lowest level. So k > rounds + 1.

    Raises ValueError for bad lists or capacities, with the name and the defect, and for rounds not from 0 to 3.
    """
    require_sound(peers, specialists, capacities)
    if not 0 <= rounds <= MOST_ROUNDS:
        raise ValueError(f"There can be 0 to {MOST_ROUNDS} rounds of promotion, not {rounds}.")
    desks = {who: _Proposals(who, wishes, capacities[who], seed) for who, wishes in specialists.items()}
    asks = {peer: _asks(_order(peer, wishes, desks, seed), rounds) for peer, wishes in peers.items()}
    for peer in peers:
        left_out: str | None = peer
        while left_out is not None and (ask := next(asks[left_out], None)) is not None:
            turn, specialist = ask
            left_out = desks[specialist].keep_best(left_out, turn)
    taken = {peer: who for who, proposals in desks.items() for peer in proposals.kept()}
    return {peer: taken.get(peer) for peer in sorted(peers)}


class _Proposals:
    """A specialist and the peers that it keeps: a heap with the peer to be rejected first on top."""

    def __init__(self, who: str, wishes: Sequence[str | Sequence[str]], places: int, seed: str) -> None:
        self._places = places
        self._kept: list[tuple[int, int, bool, int, str]] = []
        self._standing = {
            peer: (-rank, _lot(seed, peer, who) if len(group) > 1 else 0)
            for rank, group in enumerate(groups(wishes))
            for peer in group
        }

    def __contains__(self, peer: str) -> bool:
        return peer in self._standing

    def keep_best(self, peer: str, turn: int) -> str | None:
        """Keep a peer if a place is free or a lesser peer is kept; return the rejected peer (or this one), or None."""
        rank, lot = self._standing[peer]
        entry = (max(0, turn - 1), rank, turn > 0, lot, peer)
        if len(self._kept) < self._places:
            heapq.heappush(self._kept, entry)
            return None
        return heapq.heappushpop(self._kept, entry)[-1]

    def kept(self) -> Iterator[str]:
        """Return the peers that are kept."""
        return (entry[-1] for entry in self._kept)


def _order(peer: str, wishes: Sequence[str | Sequence[str]], desks: Mapping[str, _Proposals], seed: str) -> list[str]:
    """Return the specialists that a peer proposes to, in order: those on its list who also listed the peer."""
    rank = {who: rank for who, rank in ranks(wishes).items() if who in desks and peer in desks[who]}
    tied = len(set(rank.values())) < len(rank)
    return sorted(rank, key=lambda who: (rank[who], -_lot(seed, peer, who) if tied else 0, who))


def _asks(order: Sequence[str], rounds: int) -> Iterator[tuple[int, str]]:
    """Return ``(turn, specialist)`` per proposal: turn 1 is the second chance within ties, 2 and up are promotions."""
    return ((turn, who) for turn in range(rounds + 2) for who in order)


def _lot(seed: str, peer: str, specialist: str) -> int:
    """Return a pseudo-random number that depends only on the seed and the pair, not on order or size of the input."""
    drawn = blake2b(f"{seed}\0{peer}\0{specialist}".encode(errors="surrogatepass"), digest_size=8)
    return int.from_bytes(drawn.digest())
