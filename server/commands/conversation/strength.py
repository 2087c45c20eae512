"""Strengths that a member has noticed."""

from schemas.base import merge_rules
from schemas.errors import Forbidden
from schemas.step import NoticeStrength, WithdrawStrength
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import own_words
from sync.record import Key, Record

RULES = merge_rules(NoticeStrength)


@command("strength.notice", NoticeStrength)
def notice(context: Context, args: Args) -> list[Record]:
    """Name a strength that I notice, or change its text."""
    member = access.writer(context, args["space"])
    before = context.reads.get(Key(args["space"], "strength", args["id"]))
    if before is not None and not before.deleted and before.author != member:
        raise Forbidden("Only the person who noticed this strength can change its text.", field="id", id=args["id"])
    strength = before or Record(args["id"], "strength", args["space"], member)
    return [context.merged(strength, {"text": args["text"]}, RULES)]


@command("strength.withdraw", WithdrawStrength, exempt=True)
def withdraw(context: Context, args: Args) -> list[Record]:
    """Take back a strength that I named."""
    return [own_words(context, "strength", args).tombstone()]
