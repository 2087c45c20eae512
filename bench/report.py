"""The results of a benchmark: a table that is printed, and a JSON file with every sample."""

import math
import os
import platform
import statistics
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from rich import box
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"
WIDTH = 120  # characters, where the output is no terminal

Sample = dict[str, float]  # the numbers of one repeat, by name


class Result(NamedTuple):
    """The result of a benchmark."""

    title: str  # what was measured
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float]]
    samples: dict[str, list[Sample]]  # every repeat, by what was measured


def publish(name: str, result: Result) -> None:
    """Print a result, and write it to `results/NAME.json` with the machine and the time of the measurement."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    table = Table(title=f"{name}: {result.title}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for number, column in enumerate(result.columns):
        table.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in result.rows:
        table.add_row(*(_shown(cell) for cell in row))
    console.print(table)
    RESULTS.mkdir(exist_ok=True)
    found = {"title": result.title, "columns": result.columns, "rows": result.rows, "samples": result.samples}
    body = {"benchmark": name, "at": time.strftime("%FT%TZ", time.gmtime()), "machine": _machine(), **found}
    (RESULTS / f"{name}.json").write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2))


def medians(samples: Iterable[Sample]) -> Sample:
    """Return the median of each number over the repeats."""
    samples = list(samples)
    return {name: statistics.median(sample[name] for sample in samples) for name in samples[0]}


def percentile(values: Iterable[float], percent: float) -> float:
    """Return the smallest value that at least ``percent`` percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _shown(cell: str | float) -> str:
    """Return a number as text with three significant digits, or from 100 on as a whole number; text stays as it is."""
    if isinstance(cell, str):
        return cell
    return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "python": platform.python_version(),
        "system": platform.platform(),
    }
