"""The table that the check prints: one row for each thing that was checked, as soon as it is known."""

import textwrap
from collections.abc import Iterable
from typing import NamedTuple, TextIO

from pymongo.errors import OperationFailure, PyMongoError

OK, WARNING, FAILED, NOT_CHECKED = "ok", "warning", "FAILED", "not checked"
RESULT_WIDTH, CHECK_WIDTH, WIDTH = 13, 17, 110  # characters


class Row(NamedTuple):
    """What one check has found, and what to do about it."""

    check: str
    result: str
    found: str
    advice: str = ""


class Report:
    """The rows so far."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self.rows: list[Row] = []

    def begin(self) -> None:
        """Print the heads of the columns."""
        self._print("result", "check", "what was found, and -> what to do")

    def add(self, rows: Iterable[Row]) -> None:
        """Print rows as they come, and keep them."""
        for row in rows:
            self.rows.append(row)
            self._print(row.result, row.check, row.found)
            if row.advice:
                self._print("", "", f"-> {row.advice}")

    def end(self) -> None:
        """Print how many checks had which result."""
        counts = {
            result: sum(row.result == result for row in self.rows) for result in (OK, WARNING, FAILED, NOT_CHECKED)
        }
        print(", ".join(f"{count} {result}" for result, count in counts.items() if count), file=self._output)

    @property
    def has_failed(self) -> bool:
        """Whether any check has failed."""
        return any(row.result == FAILED for row in self.rows)

    def _print(self, result: str, check: str, text: str) -> None:
        first = f"{result:<{RESULT_WIDTH}}{check:<{CHECK_WIDTH}}"
        rest = " " * (RESULT_WIDTH + CHECK_WIDTH + (3 if text.startswith("->") else 0))
        print(
            textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False),
            file=self._output,
            flush=True,
        )


def words(error: PyMongoError) -> str:
    """Return what an error says, in one line, without the details that the driver adds."""
    if isinstance(error, OperationFailure):
        return f"{(error.details or {}).get('errmsg') or error} (code {error.code})"
    return f"{type(error).__name__}: {str(error).partition(', Timeout:')[0]}"
