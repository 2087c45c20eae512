"""Commands for sealed content: sealing what an older version stored, changing the master key, proving an erasure."""

import sys
from typing import BinaryIO

import click
import orjson

from server.cli.group import Group, answer, as_json
from server.cli.tools import Tools

STEPS = 1000  # of the progress bar


def add_seal(commands: Group, tools: Tools) -> None:
    """Add `flask records seal`."""

    @commands.command("seal")
    @as_json
    def seal(*, as_json: bool) -> None:
        """Seal now what an older version has stored, rather than in the background. If stopped, run it again."""
        from server.store import unsealed

        with click.progressbar(length=STEPS, label="sealing", file=sys.stderr) as bar:
            for progress in unsealed.seal(tools.records):
                bar.update(STEPS * progress.done // progress.spaces - bar.pos)
        answer({"sealed": True}, "everything that is stored is sealed", as_json=as_json)


def add_rewrap(commands: Group, tools: Tools) -> None:
    """Add `flask records rewrap`."""

    @commands.command("rewrap")
    @as_json
    def rewrap(*, as_json: bool) -> None:
        """Wrap all data keys with the first master key; then the others can go. It can be stopped, and run again."""
        keys, seen = tools.records.keys, 0
        with click.progressbar(length=keys.count(), label="wrapping keys", file=sys.stderr) as bar:
            for seen in keys.rewrap():  # noqa: B007 — the last number is told
                bar.update(1)
        answer({"keys": seen}, f"{seen} keys are wrapped by the first master key", as_json=as_json)


def add_verify(commands: Group, tools: Tools) -> None:
    """Add `flask records verify-erasure`."""

    @commands.command("verify-erasure")
    @click.argument("file", type=click.File("rb"))
    @click.option("--again", is_flag=True, help="Destroy the keys again that are there, as after a restore.")
    @as_json
    def verify_erasure(file: BinaryIO, *, again: bool, as_json: bool) -> None:
        """Check, by the receipt in FILE, that nothing in this database can open what was erased."""
        from server.accounts.erasure import digest

        try:
            receipt = tools.receipts.opened(orjson.loads(file.read()))
        except (ValueError, TypeError) as error:
            raise click.ClickException(f"{file.name} holds no receipt of this server.") from error
        keys, named = tools.records.keys, set(receipt["keys"])
        alive = [name for name in keys.live() if digest(name) in named]
        if alive and not again:
            raise click.ClickException(
                f"{len(alive)} of {len(named)} keys are there again. Run this with --again to destroy them, and delete "
                "the account again if it is there as well."
            )
        keys.destroy_ids(alive)
        found = {"id": receipt["id"], "at": receipt["at"], "keys": len(named), "destroyed": len(alive)}
        answer(found, f"none of the {len(named)} keys of this erasure can open anything", as_json=as_json)
