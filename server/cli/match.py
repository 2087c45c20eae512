"""Assigning the requests that wait, from the command line."""

from collections import Counter
from pathlib import Path

import click
from flask.cli import AppGroup

from server.jobs.batch_matching import BatchMatching
from server.jobs.specialist_index import SpecialistIndex
from server.matching.plot import draw
from server.matching.words import text
from server.queries.consistency import drift
from server.store.reader import Reader


def match(batch: BatchMatching, reader: Reader, specialist_index: SpecialistIndex) -> AppGroup:
    """Return `flask match …`."""
    group = AppGroup("match", help="Bringing people together.")
    _add_run(group, batch, reader)
    _add_check(group, reader, specialist_index)
    return group


def _add_run(group: AppGroup, batch: BatchMatching, reader: Reader) -> None:
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
    def run(*, dry_run: bool, seed: int, report: Path | None, plot: Path | None) -> None:
        """Assign the peers who wait for the first specialist who can: as many as possible, then the best fit.

        Each proposal is an offer, under the same conditions as any other offer.
        """
        if plot is not None and plot.suffix not in {".svg", ".png"}:
            raise click.BadParameter("Name a file that ends in .svg or .png.", param_hint="--plot")
        with click.progressbar(length=1000, label="Matching") as bar:
            outcome = batch.run(
                seed=seed, dry_run=dry_run, progress=lambda done, steps: bar.update(1000 * done // steps - bar.pos)
            )
            bar.update(1000 - bar.pos)
        words = f"{text(outcome.report)}\n{_said(outcome.proposed, outcome.lost, dry_run=dry_run)}"
        if not outcome.report.peers:
            words = f"{words}\n{_nobody_waits(reader)}"
        click.echo(words)
        if report is not None:
            report.write_text(words + "\n", encoding="utf-8")
        if plot is not None:
            plot.write_bytes(draw(outcome.report, plot.suffix[1:]))


def _add_check(group: AppGroup, reader: Reader, specialist_index: SpecialistIndex) -> None:
    @group.command("check")
    def check() -> None:
        """Derive again who has which places, and print what differs from the stored state. Nothing should."""
        found = set(drift(reader, specialist_index))
        found &= set(drift(reader, specialist_index))  # a change under way does not differ a second time
        for line in sorted(found):
            click.echo(line)
        if found:
            raise click.ClickException(f"{len(found)} differences")
        click.echo("No difference.")


def _nobody_waits(reader: Reader) -> str:
    """Return why there is nothing to assign: in which states the requests are that are not closed."""
    states = Counter(request.data["state"] for request in reader.live("request"))
    said = "No peer waits for the first specialist who can."
    if not states:
        return f"{said} There is no request at all; `flask seed demo` adds made-up people who have some."
    counted = ", ".join(f"{count:,} {state}" for state, count in sorted(states.items()))
    return f"{said} The requests by state: {counted}. A server that runs assigns requests by itself, within seconds."


def _said(proposed: int, lost: int, *, dry_run: bool) -> str:
    return "A dry run: nothing was proposed." if dry_run else f"{proposed} proposed, {lost} not possible any more."
