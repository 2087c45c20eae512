"""Repeatable random numbers: a seed gives the same numbers on every machine and in every version of Python."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import accumulate
from math import cos, log, pi, sqrt
from typing import Generic, TypeVar

MASK = 2**64 - 1
FINE = 1_000_000  # shares are whole numbers of millionths, so that no sum depends on rounding

T = TypeVar("T")


class SplitMix64:
    """The generator of Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators (2014)."""

    def __init__(self, seed: int) -> None:
        self._state = seed & MASK

    @classmethod
    def of(cls, seed: int, name: str) -> "SplitMix64":
        """Return the stream of one name: its numbers do not depend on what other streams draw."""
        return cls(int.from_bytes(sha256(f"{seed}:{name}".encode()).digest()[:8], "big"))

    def next(self) -> int:
        """Return the next number, from 0 to 2**64 - 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, count: int) -> int:
        """Return a whole number from 0 to ``count - 1``."""
        return (self.next() * count) >> 64

    def between(self, least: int, most: int) -> int:
        """Return a whole number from ``least`` to ``most``, both included."""
        return least + self.below(most - least + 1)

    def chance(self, share: float) -> bool:
        """Return True with the probability ``share``, 0 to 1."""
        return self.below(FINE) < round(share * FINE)

    def one(self, values: Sequence[T]) -> T:
        """Return one of some values, all equally likely."""
        return values[self.below(len(values))]

    def unit(self) -> float:
        """Return a number above 0 and up to 1."""
        return ((self.next() >> 11) + 1) / 2**53

    def normal(self) -> float:
        """Return a number of the standard normal distribution (Box and Muller, 1958)."""
        return sqrt(-2 * log(self.unit())) * cos(2 * pi * self.unit())

    def gamma(self, shape: int) -> float:
        """Return a number of the gamma distribution with a whole shape and scale 1: a sum of waiting times."""
        return -sum(log(self.unit()) for _ in range(shape))


class Shares(Generic[T]):
    """Values, and how likely each of them is relative to the others."""

    def __init__(self, shares: Mapping[T, float]) -> None:
        self._values = tuple(shares)
        self._sums = tuple(accumulate(round(share * FINE) for share in shares.values()))

    def draw(self, dice: SplitMix64) -> T:
        """Return one of the values, with a probability in proportion to its share."""
        return self._values[bisect_right(self._sums, dice.below(self._sums[-1]))]
