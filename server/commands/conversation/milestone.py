"""Milestones: records that both members have pinned. A pin of only one member is known to that member alone.

A record `pins`, in a space that nobody reads, also holds who has pinned what. Every pin and unpin writes it. So when
two members pin or unpin at the same moment on two workers, the later decision always sees the earlier one.
"""

from schemas.errors import NotFound
from schemas.path import PinMilestone, UnpinMilestone
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.states import with_data
from sync.record import Key, Record, pins_space, private, space_id


@command("milestone.pin", PinMilestone)
def pin(context: Context, args: Args) -> list[Record]:
    """Pin a record of our space. It becomes a milestone once both of us have pinned it."""
    member = access.writer(context, args["space"])
    about = context.reads.get(Key(args["space"], args["kind"], args["of"]))
    if about is None or about.deleted:
        raise NotFound("There is no such record in this space.", field="of", id=args["of"])
    key, what = _key(context.caller.user, args), {"kind": args["kind"], "of": args["of"]}
    mine = Record(key.id, key.kind, key.space, context.caller.user, {"where": args["space"], **what})
    held = _held(context, args)
    held = with_data(held, by=sorted({*held.data["by"], member}))
    if set(held.data["by"]) != set(access.shared_space(context, args["space"]).hidden["users"]):
        return [mine, held]
    before = context.reads.get(_milestone(args))
    if before is not None and not before.deleted:
        return [mine, held, before]
    milestone, data = _milestone(args), {**what, "pinned_at": context.now}
    return [mine, held, Record(milestone.id, milestone.kind, milestone.space, member, data)]


@command("milestone.unpin", UnpinMilestone, exempt=True)
def unpin(context: Context, args: Args) -> list[Record]:
    """Take my pin back. If the record was a milestone, the milestone is deleted."""
    member = access.writer(context, args["space"])
    held = _held(context, args)
    found = [context.reads.get(key) for key in (_key(context.caller.user, args), _milestone(args))]
    gone = [one.tombstone() for one in found if one is not None and not one.deleted]
    return [*gone, with_data(held, by=[one for one in held.data["by"] if one != member])]


def _held(context: Context, args: Args) -> Record:
    key = Key(pins_space(args["space"]), "pins", _milestone(args).id)
    return context.reads.get(key) or Record(key.id, key.kind, key.space, data={"by": []})


def _key(user: str, args: Args) -> Key:
    return Key(private(user), "pin", f"{space_id(args['space'])}.{args['kind']}.{args['of']}")


def _milestone(args: Args) -> Key:
    return Key(args["space"], "milestone", f"{args['kind']}.{args['of']}")
