"""Reports: filed by those it happened to, looked into by operators."""

from schemas.block import CloseReport, FileReport, TakeReport
from schemas.errors import Forbidden, WrongState
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import unblocked
from server.commands.safety.reports import case_of, filed, moved
from sync.record import Record


@command("report.file", FileReport)
def file(context: Context, args: Args) -> list[Record]:
    """Report what happened in a pairing."""
    return filed(unblocked(context, args["space"]), args)


@command("report.take", TakeReport)
def take(context: Context, args: Args) -> list[Record]:
    """Look into a report."""
    _require_open(context, args)
    return moved(context, args["id"], "in_review")


@command("report.close", CloseReport)
def close(context: Context, args: Args) -> list[Record]:
    """Say what came of a report."""
    _require_open(context, args)
    return moved(context, args["id"], "closed", outcome=args["outcome"], note=args["note"])


def _require_open(context: Context, args: Args) -> None:
    if context.caller.role != "operator":
        raise Forbidden("Only operators look into reports.", field="id")
    if case_of(context, args["id"]).data["state"] == "closed":
        raise WrongState("This report is closed.", field="id", state="closed")
