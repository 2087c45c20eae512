"""A report of a batch in words, for a terminal or a letter."""

import numpy as np

from server.matching.fairness import SMALLEST_GROUP, Report


def text(report: Report) -> str:
    """Return a report as lines of plain text; no share is given for fewer than 10 people."""
    lines = [
        f"Served        {_share(report.served, report.peers)}",
        f"Not served    {report.peers - report.served:,}{_why(report)}",
        f"Quality       {_quality(report)}",
        f"Load          {_load(report)}",
        f"Unstable      {report.blocking:,} (pairs that would rather have each other)",
    ]
    if report.groups:
        width = max(len(group.name) for group in report.groups)
        lines += ["", "Served by group"]
        lines += [f"  {group.name:<{width}}  {_share(group.served, group.people)}" for group in report.groups]
    return "\n".join(lines) + "\n"


def _share(part: int, whole: int) -> str:
    told = f"{part:,} of {whole:,}"
    return told if whole < SMALLEST_GROUP else f"{told} ({100 * part / whole:.1f} %)"


def _why(report: Report) -> str:
    reasons = [
        f"{count:,} {why}"
        for count, why in (
            (report.no_candidate, "with no candidate at all"),
            (report.all_full, "whose candidates are all full"),
            (report.passed_over, "who have a candidate with a free place"),
        )
        if count
    ]
    return f": {', '.join(reasons)}" if reasons else ""


def _quality(report: Report) -> str:
    if report.served < SMALLEST_GROUP:
        return "not told of fewer than 10 pairs"
    low = np.quantile(report.views, 0.1)
    return f"{report.scores.mean():.3f} on average; one peer in ten would say {low:.3f} or less"


def _load(report: Report) -> str:
    if not len(report.loads):
        return "nobody has places"
    idle, full = int((report.loads == 0).sum()), int((report.loads == 1).sum())
    of_whom = f"of {len(report.loads):,} with a place {idle:,} are given nobody, {full:,} are full now"
    return f"Gini {report.load_gini:.3f}; {of_whom}"
