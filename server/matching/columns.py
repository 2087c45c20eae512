"""Columns of numbers that grow, one row for each specialist."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Column:
    """One number, or a fixed count of numbers, for each row. The array doubles when it is full."""

    def __init__(self, dtype: Any, *shape: int) -> None:
        """Take the dtype of the numbers, and how many numbers a row has, if more than one."""
        self._room = np.zeros((64, *shape), dtype)

    def put(self, row: int, value: Any) -> None:
        """Set the numbers of a row."""
        while row >= len(self._room):
            self._room = np.concatenate([self._room, np.zeros_like(self._room)])
        self._room[row] = value

    def first(self, rows: int) -> NDArray[Any]:
        """Return the numbers of the first ``rows`` rows: a view, not a copy."""
        while rows > len(self._room):
            self._room = np.concatenate([self._room, np.zeros_like(self._room)])
        return self._room[:rows]


class Named:
    """One column of numbers for each name that was ever put, such as a language."""

    def __init__(self, dtype: Any) -> None:
        self._dtype = dtype
        self._columns: dict[str, Column] = {}

    def put(self, row: int, values: dict[str, Any]) -> None:
        """Set the numbers of a row by name; names that are not given get 0."""
        for name in values.keys() - self._columns.keys():
            self._columns[name] = Column(self._dtype)
        for name, column in self._columns.items():
            column.put(row, values.get(name, 0))

    def first(self, name: str, rows: int) -> NDArray[Any]:
        """Return the numbers of a name in the first ``rows`` rows; all 0 if the name was never put."""
        column = self._columns.get(name)
        return np.zeros(rows, self._dtype) if column is None else column.first(rows)

    def total(self, names: Iterable[str], rows: int) -> NDArray[Any]:
        """Return the sum of the columns of some names, for the first ``rows`` rows."""
        total = np.zeros(rows, self._dtype)
        for name in names:
            total += self.first(name, rows)
        return total
