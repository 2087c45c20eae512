"""Goodbye letters: one from each member of a pairing.

A letter that was taken back can be written again. A text that another device wrote before must not bring it back, but a
tombstone has no time. So a record `withdrawal`, in a space that nobody reads, stores when the letter was taken back.
"""

from schemas.base import merge_rules
from schemas.path import WithdrawLetter, WriteLetter
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import own_words, unblocked
from sync.record import Key, Record, pins_space

RULES = merge_rules(WriteLetter)


@command("letter.write", WriteLetter)
def write(context: Context, args: Args) -> list[Record]:
    """Write or change my goodbye letter. If I also take it back on another phone, the later of the two wins."""
    member = access.writer(context, args["space"])
    letter, new = (
        context.reads.get(Key(args["space"], "letter", member)),
        Record(member, "letter", args["space"], member),
    )
    if letter is not None and letter.deleted and _is_written_later(context, letter):
        letter = new
    return [context.merged(letter or new, {"text": args["text"]}, RULES)]


@command("letter.withdraw", WithdrawLetter, exempt=True)
def withdraw(context: Context, args: Args) -> list[Record]:
    """Take my letter back. I can write it again as long as the pairing goes on."""
    member = access.member(unblocked(context, args["space"]), args["space"])
    letter = own_words(context, "letter", {**args, "id": member})
    if letter.deleted:
        return [letter]
    key = _withdrawal(letter)
    since = {"at": max(context.stamp, letter.stamps["text"])}
    return [letter.tombstone(), Record(key.id, key.kind, key.space, data={"at": None}, stamps=since)]


def _is_written_later(context: Context, letter: Record) -> bool:
    """Tell whether the caller wrote the letter after it was taken back, by the phones' clocks."""
    withdrawal = context.reads.get(_withdrawal(letter))
    return withdrawal is not None and context.stamp > withdrawal.stamps["at"]


def _withdrawal(letter: Record) -> Key:
    return Key(pins_space(letter.space), "withdrawal", letter.id)
