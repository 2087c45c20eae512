"""A report in words and as a picture."""

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from server.matching.assign import Edges, assign
from server.matching.fairness import report
from server.matching.plot import draw
from server.matching.words import text
from tests.matching.graphs import edges, random_table
from tests.matching.reports import measured, reported


def test_the_report_reads_well():
    found = reported(en=(1200, 1100), ar=(20, 7), fa=(3, 1))
    assert text(found) == (
        "Served        1,108 of 1,223 (90.6 %)\n"
        "Not served    115: 115 who have a candidate with a free place\n"
        "Quality       0.500 on average; one peer in ten would say 0.500 or less\n"
        "Load          Gini 0.000; of 1 with a place 0 are given nobody, 0 are full now\n"
        "Unstable      115 (pairs that would rather have each other)\n"
        "\n"
        "Served by group\n"
        "  en      1,100 of 1,200 (91.7 %)\n"
        "  others  8 of 23 (34.8 %)\n"
    )


def test_no_share_of_a_few_people_is_told():
    words = text(measured([0, -1, -1, -1], groups=["a", "b", "c", "d"]))
    assert "%" not in words
    assert "1 of 4" in words
    assert "not told of fewer than 10 pairs" in words
    assert "1 with no candidate at all, 1 whose candidates are all full, 1 who have" in words
    assert "nobody has places" in text(measured([-1] * 4, places=(0, 0, 0)))


@pytest.mark.parametrize(
    "names", [["en", "es", "a very long name of a group of people"], ["$\\frac{$", "a_b^c", "<&>"]]
)
def test_the_picture_is_a_picture_and_always_the_same(names):
    table, places = random_table(3, 90, 20, 0.5, 6)
    graph = edges(table, places)
    found = report(graph, graph.score, graph.score, assign(graph), names * 30)
    assert draw(found, "png").startswith(b"\x89PNG")
    assert draw(found, "png") == draw(found, "png")
    picture = draw(found, "svg")
    assert ET.fromstring(picture).tag.endswith("svg")
    assert picture == draw(found, "svg")


def test_a_picture_of_nearly_nobody_is_a_picture_too():
    nothing = Edges(0, np.zeros(0, int), np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    for found in (measured([0, -1, -1, -1]), report(nothing, nothing.score, nothing.score, np.zeros(0, int), [])):
        assert b"fewer than 10 pairs" in draw(found, "svg")
        assert b"fewer than 10 people" in draw(found, "svg")
        assert not math.isnan(found.load_gini)
    with pytest.raises(ValueError, match="not 'gif'"):
        draw(found, "gif")
