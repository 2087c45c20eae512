"""Steps: only the peer chooses, changes and finishes them. Nobody is reminded of a step."""

from schemas.base import merge_rules
from schemas.errors import Forbidden, WrongState
from schemas.step import ChangeStep, ProposeStep, WithdrawStep
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import added, existing, own_words, said, unblocked
from server.commands.states import written_by
from sync.record import Record

RULES = merge_rules(ChangeStep)


@command("step.propose", ProposeStep)
def propose(context: Context, args: Args) -> list[Record]:
    """Add a step. The step of a specialist is only a proposal; the step of the peer is chosen at once."""
    if not _by_peer(context, args):  # no stamps: any change by the peer is later
        return [added(context, "step", args, {"text": args["text"], "state": "proposed"})]
    step = added(context, "step", args, {})
    return [context.merged(step, {"text": args["text"], "state": "adopted"}, RULES)]


@command("step.change", ChangeStep)
def change(context: Context, args: Args) -> list[Record]:
    """Choose a step, change its text, or say what became of it. Only the peer can do this."""
    step = existing(context, "step", args)
    if not _by_peer(context, args):
        raise Forbidden("Only the peer can choose or change a step.", field="id", id=step.id)
    if step.data["state"] == "proposed" and "state" not in args:
        raise WrongState(
            "Send `state` as well; a proposed step is chosen before its text is changed.",
            field="state",
            state="proposed",
        )
    changed = context.merged(step, {name: args[name] for name in RULES if name in args}, RULES)
    is_worded = "text" in changed.stamps  # by the peer: what a specialist proposes has no stamps
    return [written_by(access.member(context, step.space), changed, "text") if is_worded else changed]


@command("step.withdraw", WithdrawStep, exempt=True)
def withdraw(context: Context, args: Args) -> list[Record]:
    """Take back a step. The peer can take back any step, a specialist only an own step that is still proposed."""
    if _by_peer(unblocked(context, args["space"]), args):
        return [said(context, "step", args)[0].tombstone()]
    step = own_words(context, "step", args)
    if not step.deleted and step.data["state"] != "proposed":
        raise WrongState(
            "The peer has chosen this step; it cannot be withdrawn any more.", field="id", state=step.data["state"]
        )
    return [step.tombstone()]


def _by_peer(context: Context, args: Args) -> bool:
    return bool(access.shared_space(context, args["space"]).hidden["peer"] == context.caller.user)
