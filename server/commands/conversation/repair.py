"""Repairs: one member says that something feels off, and the other agrees to talk about it."""

from schemas.repair import AcceptRepair, CloseRepair, InviteRepair, WithdrawRepair
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import added, existing, own_words, require_theirs
from server.commands.states import in_state
from sync.record import Record


@command("repair.invite", InviteRepair)
def invite(context: Context, args: Args) -> list[Record]:
    """Say that something feels off, and that I would like to talk about us."""
    return [added(context, "repair", args, {"words": args.get("words"), "state": "invited"})]


@command("repair.accept", AcceptRepair)
def accept(context: Context, args: Args) -> list[Record]:
    """Agree to talk about what feels off to the other member."""
    repair = existing(context, "repair", args, "invited", "accepted")
    require_theirs(context, repair)
    return [in_state(repair, "accepted")]


@command("repair.withdraw", WithdrawRepair, exempt=True)
def withdraw(context: Context, args: Args) -> list[Record]:
    """Take back what I said about us."""
    return [own_words(context, "repair", args).tombstone()]


@command("repair.close", CloseRepair)
def close(context: Context, args: Args) -> list[Record]:
    """Close a repair, because what felt off is settled well enough."""
    return [in_state(existing(context, "repair", args), "closed")]
