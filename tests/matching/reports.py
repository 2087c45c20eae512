"""Small examples in which the fairness of an assignment is measured."""

import numpy as np

from server.matching.fairness import report
from tests.matching.graphs import NOBODY, edges

# Two specialists with one place each and one with two; ann, bob and cem want the first, dee has no candidate.
TABLE = [[0.9, 0.2, NOBODY], [0.8, NOBODY, NOBODY], [0.7, 0.6, 0.5], [NOBODY, NOBODY, NOBODY]]


def measured(given, table=TABLE, places=(1, 1, 2), groups=None, by_specialist=None):
    graph = edges(table, places)
    theirs = graph.score if by_specialist is None else by_specialist
    return report(graph, graph.score, theirs, np.array(given), groups or ["x"] * len(table))


def reported(**groups):
    """Return the report of groups given as name=(people, served)."""
    names = [name for name, (people, _) in groups.items() for _ in range(people)]
    served = [i < part for people, part in groups.values() for i in range(people)]
    graph = edges([[0.5]] * len(names), [len(names)])
    return report(graph, graph.score, graph.score, np.where(served, 0, -1), names)
