"""Assigning the requests that wait, from the command line."""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli.group import Group, answer, as_json
from server.cli.tools import Tools

if TYPE_CHECKING:
    from server.jobs.batch_matching import Outcome


def group(tools: Tools) -> Group:
    """Return `flask match …`."""
    commands = Group("match", tools, "Bringing people together.")
    _add_run(commands, tools)
    _add_check(commands, tools)
    return commands


def _add_run(group: Group, tools: Tools) -> None:
    @group.command("run")
    @click.option("--dry-run", is_flag=True, help="Only say what would be proposed.")
    @click.option(
        "--seed",
        type=click.IntRange(0),
        default=0,
        help="Chooses among equally good results; the same seed chooses the same.",
    )
    @click.option("--report", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Also as a file.")
    @click.option(
        "--plot", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="A picture: .svg or .png."
    )
    @as_json
    def run(*, dry_run: bool, seed: int, report: Path | None, plot: Path | None, as_json: bool) -> None:
        """Assign the peers who wait for the first specialist who can: as many as possible, then the best fit.

        Each proposal is an offer, under the same conditions as any other offer.
        """
        if plot is not None and plot.suffix not in {".svg", ".png"}:
            raise click.BadParameter("Name a file that ends in .svg or .png.", param_hint="--plot")
        with click.progressbar(length=1000, label="Matching", file=sys.stderr if as_json else None) as bar:
            outcome = tools.batch.run(
                seed=seed, dry_run=dry_run, progress=lambda done, steps: bar.update(1000 * done // steps - bar.pos)
            )
            bar.update(1000 - bar.pos)
        words = _words(tools, outcome, dry_run=dry_run)
        answer(_found(outcome, dry_run=dry_run), words, as_json=as_json)
        if report is not None:
            report.write_text(words + "\n", encoding="utf-8")
        if plot is not None:
            _draw(outcome, plot)


def _found(outcome: "Outcome", *, dry_run: bool) -> dict[str, Any]:
    """Return the result of a batch, to print as JSON."""
    counts = {"proposed": outcome.proposed, "lost": outcome.lost, "waiting": outcome.report.peers}
    return {"dry_run": dry_run, **counts, "served": outcome.report.served}


def _add_check(group: Group, tools: Tools) -> None:
    @group.command("check")
    @as_json
    def check(*, as_json: bool) -> None:
        """Compute again which peers hold which places, and print how the stored state differs. It should not differ."""
        from server.queries.consistency import drift

        found = set(drift(tools.reader, tools.specialist_index))
        found &= set(drift(tools.reader, tools.specialist_index))  # a change under way does not differ a second time
        answer({"differences": sorted(found)}, "\n".join(sorted(found)) or "No difference.", as_json=as_json)
        if found:
            raise click.ClickException(f"{len(found)} differences")


def _nobody_waits(tools: Tools) -> str:
    """Return why there is nothing to assign, with the number of requests in each state that is not closed."""
    states = Counter(request.data["state"] for request in tools.reader.live("request"))
    said = "No peer waits for the first specialist who can."
    if not states:
        return f"{said} There is no request at all; `flask seed demo` adds made-up people who have some."
    counted = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))
    return f"{said} The requests by state: {counted}. A server that runs assigns requests by itself, within seconds."


def _words(tools: Tools, outcome: "Outcome", *, dry_run: bool) -> str:
    """Return the report of a batch and its result; if no peer waits, also the reason."""
    from server.matching.words import text

    said = "A dry run: nothing was proposed."
    if not dry_run:
        said = f"{outcome.proposed} proposed, {outcome.lost} not possible any more."
    words = f"{text(outcome.report)}\n{said}"
    return words if outcome.report.peers else f"{words}\n{_nobody_waits(tools)}"


def _draw(outcome: "Outcome", plot: Path) -> None:
    from server.matching.plot import draw

    plot.write_bytes(draw(outcome.report, plot.suffix[1:]))
