"""The picture of the README, `docs/bench.svg`: Beside next to other servers that do the same work.

The figures of Beside are in `results/`, and so are those of Node where it ran in the same minutes. All other figures
were measured once, on the same machine with two cores, by the same rules: messages of 120 bytes in conversations of
two, each checked where it arrived.
"""

import io
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import orjson

from bench.report import RESULTS
from bench.rivals import BESIDE, NODE
from bench.stage import ROOT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURE = ROOT / "docs" / "bench.svg"
SIZE, DPI = (8.0, 7.2), 100  # inches; as wide as a README
INK, OURS, THEIRS = "#333333", "#2f6f8f", "#c9c9c9"
NAMES = (
    "ejabberd 23.01, PostgreSQL",
    "express-pouchdb ¹",
    "Node socket.io + insertOne",
    "parse-server 9.10, LiveQuery",
    "rxdb-server 15.22",
    "Synapse 1.163, SQLite",
)
NOTES = (
    "Of messages/s, more is better; of ms, less.",
    "",
    "Node sent in the same minutes as Beside; all else",
    "of others was measured once, on this machine.",
    "Two cores for everything. Messages of 120 bytes",
    "in conversations of two, each stored and",
    "checked where it arrived.",
    "",
    "¹ does not wait for the disk",
    "² at 10 messages a second",
)


class Panel(NamedTuple):
    """One panel: where our figure is, and the others' figures in the order of NAMES; None: in our results, too."""

    title: str
    benchmark: str  # the benchmark whose results hold our figure
    row: str
    cell: str
    theirs: tuple[float | None, ...]
    marks: Mapping[int, str] = {}  # {index in NAMES: text behind the value}
    node: str = NODE  # the row of Node in our results


LATENCY = (13.1, 10.5, None, 13.8, 23.2, 80)
CAUGHT_UP, NODE_CAUGHT_UP = (1496, 470, None, 724, 558, 2626), f"10,000 missed: {NODE}"
PANELS = (
    Panel("Sent and delivered, messages/s", "path", BESIDE, "per_second", (1570, 1751, None, 715, 239, 50)),
    Panel("Delivery at 50 messages/s, p99 ms", "latency", BESIDE, "delivery_p99", LATENCY, {5: " ²"}),
    Panel("Catching up on 10,000, ms", "catchup", "10,000 missed: socket", "ms", CAUGHT_UP, node=NODE_CAUGHT_UP),
    Panel("First sync of 10,000, usable, ms", "first", "zstd", "usable", (123, 395, 82, 161, 77, 142)),
    Panel("First sync of 10,000, all, ms", "first", "zstd", "all", (1487, 395, 599, 845, 561, 2699)),
)  # fmt: skip


def main() -> None:
    """Draw the picture from the files in `results/`."""
    PICTURE.write_bytes(draw([values(panel, RESULTS) for panel in PANELS]))
    print(f"Drawn: {PICTURE.relative_to(ROOT)}")


def values(panel: Panel, results: Path) -> list[float]:
    """Return our figure, the median of all repeats, and the others' figures; raises RuntimeError if ours is missing."""
    path = results / f"{panel.benchmark}.json"
    if not path.exists():
        raise RuntimeError(f"There are no results yet; run: python -m bench {panel.benchmark}")
    found = orjson.loads(path.read_bytes())["samples"]

    def measured(row: str) -> float:
        return statistics.median(sample[panel.cell] for sample in found[row])

    return [measured(panel.row), *(measured(panel.node) if value is None else value for value in panel.theirs)]


def draw(figures: list[list[float]]) -> bytes:
    """Return the picture as SVG: for each panel, ours and the others' figures."""
    import matplotlib as mpl  # noqa: PLC0415 — the import takes a second, which only this function needs
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context({"svg.hashsalt": "beside", "font.size": 9, "text.color": INK, "axes.labelcolor": INK}):
        figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained", facecolor="white")
        grid = figure.subplots(3, 2)
        *axes, last = grid.flat
        for number, (one, panel, figured) in enumerate(zip(axes, PANELS, figures, strict=True)):
            _bars(one, panel, figured, is_named=number % 2 == 0)
        last.axis("off")
        last.text(0, 0.95, "\n".join(NOTES), va="top", transform=last.transAxes)
        file = io.BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def _bars(axes: "Axes", panel: Panel, values: list[float], *, is_named: bool) -> None:
    """Draw the bar of our figure on top, and the others below in their order, each with its value."""
    names, places = ["Beside", *NAMES], range(len(values))
    bars = axes.barh(places, values, color=[OURS, *[THEIRS] * len(NAMES)], height=0.7)
    marks = ["", *(panel.marks.get(number, "") for number in range(len(NAMES)))]
    labels = [
        f"{value:,.0f}{mark}" if value >= 20 else f"{value:.1f}{mark}"
        for value, mark in zip(values, marks, strict=True)
    ]
    axes.bar_label(bars, labels, padding=3)
    axes.set_title(panel.title, loc="left", fontsize=9, fontweight="bold")
    axes.set(yticks=places, yticklabels=names if is_named else [], xticks=[], xlim=(0, max(values) * 1.18))
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    if is_named:
        axes.get_yticklabels()[0].set_fontweight("bold")
