"""Absences of the server: spans of time in which it could serve nobody. They do not count towards any deadline.

A deadline is extended by each absence that begins before it, so that the time outside of absences stays the same. If it
then reaches into the next absence, it is extended again.
"""

from collections.abc import Iterable, Sequence

Spans = Sequence[tuple[int, int]]  # (since, until) in ms; in order, and no two of them touch


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order. Those that overlap or touch are merged, and empty ones are left out."""
    found = list[tuple[int, int]]()
    for since, until in sorted(span for span in spans if span[0] < span[1]):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def fewer(spans: Sequence[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Return at most ``most`` spans: those with the smallest gap between them are merged, including the gap."""
    found = list(spans)
    while len(found) > most:
        at = min(range(1, len(found)), key=lambda place: found[place][0] - found[place - 1][1])
        found[at - 1 : at + 1] = [(found[at - 1][0], found[at][1])]
    return found


def moved(absences: Spans, since: int, due: int) -> int:
    """Return ``due``, extended so that the time from ``since`` on outside of absences stays the same; all in ms."""
    for start, end in absences:
        lost_from = max(start, since)
        if lost_from < min(due, end):
            due += end - lost_from
    return due


def going_on(absences: Spans, at: int) -> bool:
    """Tell whether a time in ms lies in an absence."""
    return any(start <= at < end for start, end in absences)
