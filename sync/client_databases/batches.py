"""Splitting rows into batches: one commit can hold a batch, and no other phone waits long for it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from schemas.errors import TooLarge

BATCH_ROWS = 500  # rows stored in one commit
BATCH_LENGTH = 500_000  # characters stored in one commit, about

Row = TypeVar("Row")
Answer = TypeVar("Answer")


def chunked(rows: Iterable[Row], cells: Callable[[Row], Mapping[str, Any]]) -> Iterator[list[Row]]:
    """Give rows in batches of at most BATCH_ROWS rows and about BATCH_LENGTH characters of text.

    ``cells`` returns the cells of a row.
    """
    chunk, length = list[Row](), 0
    for row in rows:
        length += sum(len(cell) for cell in cells(row).values() if isinstance(cell, str))
        if chunk and (len(chunk) == BATCH_ROWS or length > BATCH_LENGTH):
            yield chunk
            chunk, length = [], 0
        chunk.append(row)
    if chunk:
        yield chunk


def stored(chunk: Sequence[Row], store: Callable[[Sequence[Row]], Answer]) -> list[Answer]:
    """Store a batch, and return one answer for each commit; raises TooLarge for a single row that is too large.

    A batch that is too large for one commit is stored in halves, one after the other. Rows that edit long texts can
    make a batch too large.
    """
    try:
        return [store(chunk)]
    except TooLarge:
        if len(chunk) == 1:
            raise
        half = len(chunk) // 2
        return stored(chunk[:half], store) + stored(chunk[half:], store)
