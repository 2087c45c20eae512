"""Letters to say goodbye with: one from each member of a pairing."""

from schemas.base import merge_rules
from schemas.path import WriteLetter
from server.commands import access
from server.commands.context import Args, Context, command
from sync.record import Key, Record

RULES = merge_rules(WriteLetter)


@command("letter.write", WriteLetter)
def write(context: Context, args: Args) -> list[Record]:
    """Write a letter to say goodbye with, or write it better."""
    member = access.writer(context, args["space"])
    key = Key(args["space"], "letter", member)
    letter = context.reads.get(key) or Record(member, "letter", args["space"], member)
    return [context.merged(letter, {"text": args["text"]}, RULES)]
