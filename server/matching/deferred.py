"""Deferred acceptance: both sides rank each other, peers ask, and no two people would rather have each other.

The algorithm is that of Gale and Shapley (1962), for specialists with several places, short lists and ties. A
specialist keeps the best of those who have asked so far; who is put back asks the next one on the list. The result
does not depend on the order in which peers ask (McVitie and Wilson, 1971), so neither on the order of the input.

Ties. Where a specialist likes two peers equally, the one who has been refused by everybody once comes first (Király,
"Better and simpler approximation algorithms for the stable marriage problem", 2008), then a hash of the seed and the
pair. The result is stable all the same, and serves more. Ties of a peer are broken by the hash.

Promotion. After that, `rounds` times: who is left out asks everybody again, one level higher, and a specialist prefers
any higher level to a lower one, whatever its list says. This gives up stability for people served. It is the
multi-level proposing of Huang and Kavitha ("Popular matchings in the stable marriage problem", 2013) and of Kavitha
("A size-popularity tradeoff in the stable marriage problem", 2014), with places.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

from server.matching.preferences import Preferences, groups, ranks, require_sound

MOST_ROUNDS = 3  # more cost much time and serve hardly anybody


def accept(
    peers: Preferences, specialists: Preferences, capacities: Mapping[str, int], *, seed: str = "", rounds: int = 0
) -> dict[str, str | None]:
    """Return ``{peer: specialist or None}``, sorted by peer.

    With `rounds` = 0 no pair blocks (with ties: weakly), and without ties every peer has the best of all stable
    matchings. With more rounds pairs of matched people may block, but never an unmatched peer.

    Each round serves as many or more, and at least (rounds + 1) / (rounds + 2) of the most that could be served; all
    of these if there are at most rounds + 1 specialists. For a chain of moves by which one more would be served passes
    k specialists: the first put the unmatched peer back on the highest level, so has nobody on a lower one; each that
    follows has nobody more than one level lower; the last has a free place, so put nobody back, and who would move
    there is on the lowest level. So k > rounds + 1.

    Raises ValueError, which names who and what, for bad lists or capacities, and for rounds not from 0 to 3.
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
    """A specialist and the peers that it keeps: a heap with the first to be put back on top."""

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
        """Keep a peer if there is room or somebody lesser; return who is put back, which may be the peer."""
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
    """Return those whom a peer asks, in order: everybody on its list who listed the peer."""
    rank = {who: rank for who, rank in ranks(wishes).items() if who in desks and peer in desks[who]}
    tied = len(set(rank.values())) < len(rank)
    return sorted(rank, key=lambda who: (rank[who], -_lot(seed, peer, who) if tied else 0, who))


def _asks(order: Sequence[str], rounds: int) -> Iterator[tuple[int, str]]:
    """Return ``(turn, specialist)``: turn 1 is the second chance within ties, turns 2 and up are promotions."""
    return ((turn, who) for turn in range(rounds + 2) for who in order)


def _lot(seed: str, peer: str, specialist: str) -> int:
    """Draw a number for a pair: the same for the same seed, whatever the order and the size of the input."""
    drawn = blake2b(f"{seed}\0{peer}\0{specialist}".encode(errors="surrogatepass"), digest_size=8)
    return int.from_bytes(drawn.digest())
