"""A report of a batch as a picture: how full specialists are, how good pairs are, and who was served."""

import io
from typing import TYPE_CHECKING

from server.matching.fairness import SMALLEST_GROUP, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (12.0, 4.2)  # inches
DPI = 120
INK, SERVED, REST = "#333333", "#2f6f8f", "#d9d9d9"  # dark and light, so that they differ without colour too
LONGEST_NAME = 18  # characters of a group's name; more are cut
MOST_GROUPS = 12  # bars that fit


def draw(report: Report, suffix: str) -> bytes:
    """Return the bytes of a picture file; `suffix` is "png" or "svg". Raises ValueError for another suffix."""
    if suffix not in ("png", "svg"):
        raise ValueError(f"A picture is 'png' or 'svg', not '{suffix}'.")
    # Imported here, because the import takes a second: only callers that want a picture should wait for it.
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context({"svg.hashsalt": "beside", "font.size": 10, "text.color": INK, "axes.labelcolor": INK}):
        figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
        load, quality, served = figure.subplots(1, 3)
        _load(load, report)
        _quality(quality, report)
        _served(served, report)
        for axes in (load, quality, served):
            axes.spines[["top", "right"]].set_visible(False)
            axes.title.set_fontweight("bold")
        file = io.BytesIO()
        figure.savefig(file, format=suffix, metadata={"Date": None} if suffix == "svg" else {"Software": None})
    return file.getvalue()


def _load(axes: "Axes", report: Report) -> None:
    axes.set_title(f"How full specialists are (Gini {report.load_gini:.2f})")
    axes.hist(report.loads * 100, bins=list(range(0, 101, 10)), color=SERVED, edgecolor="white")
    axes.set(xlabel="% of places taken", ylabel="specialists", xlim=(0, 100))
    axes.locator_params("y", integer=True)


def _quality(axes: "Axes", report: Report) -> None:
    axes.set_title("How good the pairs are")
    axes.set(xlabel="score", ylabel="pairs")
    axes.locator_params("y", integer=True)
    if report.served < SMALLEST_GROUP:
        _note(axes, f"fewer than {SMALLEST_GROUP} pairs")
        return
    axes.hist(report.scores, bins=20, color=SERVED, edgecolor="white")
    mean = float(report.scores.mean())
    axes.axvline(mean, color=INK, linestyle="--", label=f"mean {mean:.2f}")
    axes.legend(frameon=False, loc="upper left")


def _served(axes: "Axes", report: Report) -> None:
    axes.set_title("Who was served")
    if not report.groups:
        _note(axes, f"fewer than {SMALLEST_GROUP} people")
        return
    groups = report.groups[:MOST_GROUPS][::-1]  # the first on top
    shares = [100 * group.served / group.people for group in groups]
    places = range(len(groups))
    axes.barh(places, [100] * len(groups), color=REST)
    axes.barh(places, shares, color=SERVED)
    axes.set_yticks(places, [_name(group.name) for group in groups])
    axes.set(xlabel="% served", xlim=(0, 100))
    for place, group, share in zip(places, groups, shares, strict=True):
        axes.annotate(f"{share:.0f} % of {group.people:,}", (101, place), va="center", annotation_clip=False)
    axes.tick_params(axis="y", length=0)


def _note(axes: "Axes", words: str) -> None:
    axes.text(0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes)
    axes.set_xticks([])
    axes.set_yticks([])


def _name(name: str) -> str:
    """Return a name as a label. Dollar signs are escaped, because a dollar sign begins a formula in Matplotlib."""
    short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    return short.replace("$", r"\$")
