"""Small-cell suppression: hides numbers of few people, and other numbers from which these could be computed.

The second part is complementary suppression. It protects one answer only. Answers about overlapping periods, or about
the same period at different times, can be subtracted from one another; this module does not prevent that.

A number under 10 may reveal something about single people. If it is the only hidden part of a whole, it can be computed
as the whole minus the other parts; and of several hidden parts, so can the sum. So more parts are hidden, the smallest
first, until two or more are hidden and their sum is 10 or more. Then each of them may still be anything from 0 to
10. A hidden number is null, whether it is small itself or not: a difference between the two would reveal something.

A 0 is hidden as well: a 0 of `met` would reveal that each peer who looked found nobody. A 0 is shown only for a state
that always passes, such as "too early to tell": it says only that time has passed.

A number that the reader knows from elsewhere is shown, and cannot hide other numbers. If the other parts are too few to
hide the small ones, the whole is hidden as well.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

LEAST = 10  # people; a number of fewer is hidden

Counts = Mapping[str, int]
Shown = dict[str, int | None]


def shown(
    counts: Counts, wholes: Mapping[str, Sequence[str]], passing: Collection[str] = (), known: Collection[str] = ()
) -> Shown:
    """Return the counts; the hidden ones are None.

    ``passing``: names of counts of which a 0 is shown; ``known``: names of counts that the reader knows from elsewhere.

    ``wholes`` is {whole: its parts}: the count of a whole is the sum of the counts of its parts. A whole that is a part
    of another whole comes after it. The parts of a hidden whole are hidden.
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
