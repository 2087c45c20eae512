"""Figures over time, from the command line: as a table, as CSV, as JSON, or as a picture."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from server.cli.group import Single
from server.cli.tools import Tools
from server.queries.figures import COUNTED, PERIODS, WAITS
from server.queries.suppression import LEAST

HIDDEN = f"<{LEAST}*"
LEGEND = f"{HIDDEN}: under {LEAST}, or hidden because a number under {LEAST} could be computed from it."
FEW = f"-: hidden with those met; of nine in ten it is told if {WAITS['wait_p90_hours'][1]} or more were met."
NOW = "Now {specialists} specialists can take people. Of their {places} places, {taken} are taken and {free} free."
RUNNING = "+"  # marks a period that is not over
COLUMNS = {
    "opened": "opened",
    "met": "met",
    "unmet": "unmet",
    "withdrawn": "withdrawn",
    "waiting": "waiting",
    "wait_p50_hours": "wait p50 h",
    "wait_p90_hours": "p90 h",
    "kept_30_days": "kept 30 d",
    "ended_sooner": "sooner",
    "too_early": "too early",
}
DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
OPTIONS = (
    click.Option(["--from", "first"], type=DAY, help="A day of the first period; left out: twelve periods."),
    click.Option(["--to", "last"], type=DAY, help="A day of the last period; left out: today."),
    click.Option(["--by"], type=click.Choice(PERIODS), default="week", show_default=True),
    click.Option(["--csv", "table"], type=FILE, help="Also as a table for other programs."),
    click.Option(["--plot"], type=FILE, help="Also as a picture: .svg or .png."),
    click.Option(["--json", "as_json"], is_flag=True, help="Print JSON, as GET /api/v1/operator/figures answers."),
)
ABOUT = f"Count searches, waits and pairings, by week or by month. Numbers under {LEAST} are hidden."


def group(tools: Tools) -> click.Command:
    """Return `flask figures`, which is one command and no group."""

    def run(*, table: Path | None, plot: Path | None, as_json: bool, **asked: Any) -> None:
        if plot is not None and plot.suffix not in {".svg", ".png"}:
            raise click.BadParameter("Name a file that ends in .svg or .png.", param_hint="--plot")
        found = _read(tools, **asked)
        click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() if as_json else text(found), nl=as_json)
        if table is not None:
            table.write_text(as_csv(found), encoding="utf-8")
        if plot is not None:
            from server.cli.figures_plot import draw

            plot.write_bytes(draw(found, plot.suffix[1:]))

    return Single("figures", tools, callback=run, params=list(OPTIONS), help=ABOUT)


def _read(tools: Tools, first: datetime | None, last: datetime | None, by: str) -> dict[str, Any]:
    return tools.figures.read(tools.operator, by, _day(first), _day(last))


def text(found: dict[str, Any]) -> str:
    """Return the answer of Figures as a table for a terminal, with a line for the load."""
    rows = [["from", *COLUMNS.values()]]
    rows += [[one["from"] + ("" if one["is_over"] else RUNNING), *_cells(one)] for one in found["rows"]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    notes = [LEGEND] if HIDDEN in str(rows) else []
    notes += [FEW] if any(FEW[0] in row for row in rows) else []
    notes += [] if all(one["is_over"] for one in found["rows"]) else [f"{RUNNING}: this {found['by']} is not over."]
    return "\n".join([*lines, "", NOW.format(**found["load"]), *notes]) + "\n"


def as_csv(found: dict[str, Any]) -> str:
    """Return the rows as CSV (RFC 4180), with the names of the fields of the API in the first line."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["from", "is_over", *COLUMNS])
    for row in found["rows"]:
        writer.writerow([row["from"], str(row["is_over"]).lower(), *_cells(row)])
    return file.getvalue()


def _cells(row: dict[str, Any]) -> Sequence[str]:
    return [_shown(row[name], FEW[0] if name in WAITS else HIDDEN) for name in COLUMNS]


def _shown(number: float | None, hidden: str) -> str:
    return hidden if number is None else f"{number}"


def _day(given: datetime | None) -> date | None:
    return None if given is None else given.date()


assert set(COLUMNS) == {*COUNTED, *WAITS}  # noqa: S101 — every number of the answer has a column
