"""Small-cell suppression: numbers of few people are hidden, and so are those from which one could be computed.

The second part is complementary suppression. It holds within one answer. Several answers of overlapping periods, or of
the same period at different times, can be subtracted from one another; nothing here prevents that.

A number under 10 says something of single people. If it is the only hidden part of a whole, it is the whole without the
other parts; and what several hidden parts have in common is a number as well. So more parts are hidden, the smallest
first, until two or more are hidden and together they are 10 or more. Then each of them may still be anything from 0 to
10. A hidden number is null, whether it is small itself or not: the difference would tell something.

A 0 is hidden as well: that nobody was met tells of everybody who looked. A 0 is shown only of what passes by itself, as
being too early to tell does: it says that time has passed.

What a reader knows from elsewhere is shown and hides nothing. If too little is left to hide the small parts among, the
whole is hidden as well.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

LEAST = 10  # people; a number of fewer is hidden

Counts = Mapping[str, int]
Shown = dict[str, int | None]


def shown(
    counts: Counts, wholes: Mapping[str, Sequence[str]], passing: Collection[str] = (), known: Collection[str] = ()
) -> Shown:
    """Return the counts, those that are hidden as None.

    ``passing`` are those of which a 0 is shown; ``known`` are those that the reader knows from elsewhere.

    ``wholes`` is {whole: its parts}: the count of a whole is the sum of the counts of its parts. A whole stands before
    its parts. The parts of a hidden whole are hidden.
    """
    open_ = {name for name in passing if counts[name] == 0}.union(known)
    hidden = {name for name, count in counts.items() if count < LEAST} - open_
    for whole, parts in wholes.items():
        found = _hidden(counts, set(parts) - open_, hidden)
        if whole not in hidden and found and sum(counts[one] for one in found) < LEAST:
            hidden.add(whole)
        hidden |= set(parts) if whole in hidden else found
    return {name: None if name in hidden else count for name, count in counts.items()}


def _hidden(counts: Counts, parts: Iterable[str], hidden: set[str]) -> set[str]:
    """Return the parts to hide of a whole that is shown."""
    found = hidden.intersection(parts)
    for name in sorted(set(parts) - found, key=lambda name: (counts[name], name)):
        if not found or sum(counts[one] for one in found) >= LEAST:
            break
        found.add(name)
    return found
