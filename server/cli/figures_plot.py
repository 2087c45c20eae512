"""Figures over time as a picture: how searches went, how long peers waited, and how many pairings went on."""

import io
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from server.matching.plot import DPI, INK, REST, SERVED
from server.queries.suppression import LEAST

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (9.0, 9.0)  # inches
MOST_LABELS = 14  # days that fit under a picture
SECOND, THIRD = "#b5533c", "#c9a227"
COLOURS = {  # {whole: {part: its colour}}
    "opened": {"met": SERVED, "unmet": SECOND, "withdrawn": THIRD, "waiting": REST},
    "met": {"kept_30_days": SERVED, "ended_sooner": SECOND, "too_early": REST},
}

Rows = list[dict[str, Any]]


def draw(found: dict[str, Any], suffix: str) -> bytes:
    """Return the bytes of a picture file of the answer of Figures; ``suffix`` is "png" or "svg"."""
    with mpl.rc_context({"svg.hashsalt": "beside", "font.size": 10, "text.color": INK, "axes.labelcolor": INK}):
        figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
        went, waits, kept = figure.subplots(3, 1, sharex=True)
        rows: Rows = found["rows"]
        _stacked(went, rows, "opened", f"How searches went, by the {found['by']} in which they began")
        _waits(waits, rows)
        _stacked(kept, rows, "met", "Of those met: how long the pairings went on")
        step = -(-len(rows) // MOST_LABELS)
        kept.set_xticks(range(0, len(rows), step), [row["from"] for row in rows[::step]], rotation=30, ha="right")
        kept.set_xlabel(f"Hidden: numbers under {LEAST}, and those from which one could be computed.")
        file = io.BytesIO()
        figure.savefig(file, format=suffix, metadata={"Date": None} if suffix == "svg" else {"Software": None})
    return file.getvalue()


def _stacked(axes: "Axes", rows: Rows, whole: str, title: str) -> None:
    """Draw the parts of a whole as stacked bars. The sum of the hidden parts is known, and drawn hatched."""
    below = [0] * len(rows)
    for name, colour in COLOURS[whole].items():
        counts = [row[name] or 0 for row in rows]
        axes.bar(range(len(rows)), counts, bottom=below, color=colour, label=name.replace("_", " "))
        below = [under + count for under, count in zip(below, counts, strict=True)]
    rest = [(row[whole] or under) - under for row, under in zip(rows, below, strict=True)]
    axes.bar(
        range(len(rows)), rest, bottom=below, color="white", edgecolor=INK, hatch="//", linewidth=0, label="hidden"
    )
    for place, row in enumerate(rows):
        if row[whole] is None:
            axes.annotate("hidden", (place, 0), rotation=90, ha="center", va="bottom", color=INK)
    axes.set_ylabel("searches")
    axes.locator_params("y", integer=True)
    _dressed(axes, title)


def _waits(axes: "Axes", rows: Rows) -> None:
    for name, colour, label in (("wait_p50_hours", SERVED, "half"), ("wait_p90_hours", SECOND, "nine of ten")):
        hours = [float("nan") if row[name] is None else row[name] for row in rows]
        axes.plot(range(len(rows)), hours, marker="o", color=colour, label=f"{label} waited no longer")
    axes.set_ylabel("hours")
    axes.set_ylim(bottom=0)
    _dressed(axes, "How long those waited who were met")


def _dressed(axes: "Axes", title: str) -> None:
    axes.set_title(title, fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
