"""The rows of a push keep their order, except that no row comes before one that it refers to."""

import pytest

from sync.client_databases.row_commands import references_first


def in_order(*rows):
    return [row for row, _ in references_first(rows, lambda row: row)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], ""),
        ([("a", None), ("b", None), ("c", "b")], "abc"),
        ([("a", "b"), ("b", "c"), ("c", None)], "cba"),
        ([("a", "x"), ("b", "a"), ("c", "b")], "abc"),
        ([("a", "c"), ("b", None), ("c", None)], "cab"),
        ([("a", "a"), ("b", None)], "ab"),
        ([("a", "b"), ("b", "a"), ("c", "a")], "bac"),
        ([("a", None), ("a", None), ("b", "a")], "aab"),
    ],
    ids=["none", "in order", "a chain", "of nothing", "later", "itself", "a circle", "twice"],
)
def test_rows_come_after_what_they_refer_to(rows, expected):
    assert in_order(*rows) == [*expected]


def test_a_long_chain_does_not_take_long():
    count = 20_000
    rows = [(number, number + 1) for number in range(count)]
    assert in_order(*rows) == [*reversed(range(count))]
