"""Absences of the server: spans of time in which it could serve nobody. They count against nobody.

A time that is given to somebody is a time in which Beside is there. A deadline is extended by what an absence took of
it; if it then reaches into the next absence, it is extended once more.
"""

from collections.abc import Iterable, Sequence

Spans = Sequence[tuple[int, int]]  # (since, until) in ms; in order, and no two of them touch


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order, those that overlap or touch as one; spans that end before they begin are left out."""
    found = list[tuple[int, int]]()
    for since, until in sorted(span for span in spans if span[0] < span[1]):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def fewer(spans: Sequence[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Return at most ``most`` spans: those with the smallest gap between them become one, gap and all."""
    found = list(spans)
    while len(found) > most:
        at = min(range(1, len(found)), key=lambda place: found[place][0] - found[place - 1][1])
        found[at - 1 : at + 1] = [(found[at - 1][0], found[at][1])]
    return found


def moved(absences: Spans, since: int, due: int) -> int:
    """Return when as much time has passed outside of absences as lies between ``since`` and ``due``; all in ms."""
    for start, end in absences:
        lost_from = max(start, since)
        if lost_from < min(due, end):
            due += end - lost_from
    return due


def going_on(absences: Spans, at: int) -> bool:
    """Tell whether a time in ms lies in an absence."""
    return any(start <= at < end for start, end in absences)
