"""Milestones: what both hold on to. What only one holds on to, only that one knows."""

from schemas.path import PinMilestone, UnpinMilestone
from server.command import Args, Context, command
from server.commands.shared import other_user
from server.errors import NotFound
from server.records import Key, Record, private


@command("milestone.pin", PinMilestone)
def pin(context: Context, args: Args) -> list[Record]:
    """Hold on to something that we share."""
    context.writer(args["space"])
    about = context.view.get(Key(args["space"], args["kind"], args["of"]))
    if about is None or about.deleted:
        raise NotFound("There is nothing of this name to hold on to.", field="of", id=args["of"])
    user, other = context.caller.user, other_user(context, args["space"])
    key = _key(user, args)
    data = {"where": args["space"], "kind": args["kind"], "of": args["of"]}
    mine = Record(key.id, key.kind, key.space, user, data)
    theirs = context.view.get(_key(other, args)) if other is not None else None
    if theirs is None or theirs.deleted:
        return [mine]
    before = context.view.get(_milestone(args))
    if before is not None and not before.deleted:
        return [mine, before]
    data = {"kind": args["kind"], "of": args["of"], "pinned_at": context.now}
    return [mine, Record(_milestone(args).id, "milestone", args["space"], context.member(args["space"]), data)]


@command("milestone.unpin", UnpinMilestone)
def unpin(context: Context, args: Args) -> list[Record]:
    """Let go of it."""
    context.writer(args["space"])
    found = [context.view.get(key) for key in (_key(context.caller.user, args), _milestone(args))]
    return [one.tombstone() for one in found if one is not None and not one.deleted]


def _key(user: str, args: Args) -> Key:
    return Key(private(user), "pin", f"{args['space'].partition(':')[2]}.{args['kind']}.{args['of']}")


def _milestone(args: Args) -> Key:
    return Key(args["space"], "milestone", f"{args['kind']}.{args['of']}")
