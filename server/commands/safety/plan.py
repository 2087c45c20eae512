"""The safety plan: one record in its user's private space."""

from schemas.base import merge_rules
from schemas.plan import EditPlan
from server.commands.context import Args, Context, command
from sync.record import Key, Record, private

RULES = merge_rules(EditPlan)
ID = "me"


@command("plan.edit", EditPlan)
def edit(context: Context, args: Args) -> list[Record]:
    """Write my safety plan, or some of it."""
    space = private(context.caller.user)
    plan = context.reads.get(Key(space, "plan", ID)) or Record(ID, "plan", space, context.caller.user)
    return [context.merged(plan, args, RULES)]
