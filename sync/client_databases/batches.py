"""Rows in portions that one commit can hold, and that do not keep others waiting."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from schemas.errors import TooLarge

BATCH_ROWS = 500  # stored in one commit
BATCH_LENGTH = 500_000  # characters stored in one commit, about

Row = TypeVar("Row")
Answer = TypeVar("Answer")


def chunked(rows: Iterable[Row], cells: Callable[[Row], Mapping[str, Any]]) -> Iterator[list[Row]]:
    """Give rows in portions of at most ROWS, and of about LENGTH characters; ``cells`` tells what is in a row."""
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
    """Store a portion, or its halves one after the other if it is too much at once, as that of edited texts may be."""
    try:
        return [store(chunk)]
    except TooLarge:
        if len(chunk) == 1:
            raise
        half = len(chunk) // 2
        return stored(chunk[:half], store) + stored(chunk[half:], store)
