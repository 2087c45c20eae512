"""The practice: how a specialist offers to listen, and breathers, in which they take no new people."""

from schemas.base import merge_rules
from schemas.errors import Forbidden
from schemas.practice import EditPractice, PausePractice, ResumePractice
from server.commands.context import Args, Context, command
from server.commands.matching import people
from server.commands.states import with_data
from server.commands.vocabulary import require_topics
from sync.record import Key, Record, private

RULES = merge_rules(EditPractice)


@command("practice.edit", EditPractice)
def edit(context: Context, args: Args) -> list[Record]:
    """Say how I offer to listen."""
    practice = _practice(context)
    require_topics("avoid", args.get("avoid", ()))
    require_topics("comfort", args.get("comfort", ()))
    edited = context.merged(practice, args, RULES)
    offered = {name: edited.data[name] for name in RULES if name in edited.data}
    kept = with_data(people.mine(context), practice=offered)
    counts = {"active": people.active(kept.data), "reserved": len(kept.data["offers"])}
    return [kept, with_data(edited, **counts, paused_until=kept.data.get("paused_until", 0))]


@command("practice.pause", PausePractice)
def pause(context: Context, args: Args) -> list[Record]:
    """Take a breather: I get no new people until a time."""
    return _paused(context, args["until"])


@command("practice.resume", ResumePractice)
def resume(context: Context, _: Args) -> list[Record]:
    """End the breather."""
    return _paused(context, 0)


def _paused(context: Context, until: int) -> list[Record]:
    practice = with_data(_practice(context), paused_until=until, kindly=None)
    return [with_data(people.mine(context), paused_until=until, silent=[]), practice]


def _practice(context: Context) -> Record:
    """Return the caller's practice; raises Forbidden if they are no specialist."""
    if context.caller.role != "specialist":
        raise Forbidden("Only specialists have a practice.")
    space = private(context.caller.user)
    key = Key(space, "practice", people.PRACTICE)
    empty = {"active": 0, "reserved": 0, "paused_until": 0}
    return context.reads.get(key) or Record(key.id, key.kind, space, context.caller.user, empty)
