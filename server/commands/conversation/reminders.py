"""Messages that were hard to say: if nothing at all follows, whoever listens is reminded, once and in private."""

from dataclasses import replace

from server.commands import access
from server.commands.context import Context
from server.commands.matching import people
from server.matching.hours import on_shift_deadline
from server.matching.requester import hours_of
from sync.clock import HOUR
from sync.record import Key, Record, private

ON_SHIFT = 4 * HOUR  # of a specialist's own hours without a word
AT_MOST = 72 * HOUR


def watched(context: Context, message: Record) -> Record:
    """Return a message with the time at which its specialist is reminded of it; a specialist's own never is one."""
    pairing = access.shared_space(context, message.space)
    user = pairing.hidden["users"].get(message.author)
    if message.deleted or not message.data.get("hard_to_say") or user != pairing.hidden["peer"]:
        return replace(message, due=None)
    if message.due is not None:
        return message
    hours = hours_of(people.specialist(context, pairing.hidden["specialist"]).data.get("availability"))
    late = context.now + AT_MOST
    return replace(message, due=on_shift_deadline(hours, context.now, ON_SHIFT, AT_MOST) if hours else late)


def nudge(context: Context, message: Record) -> list[Record]:
    """Return the reminder of a message, unless there has been one: a record that only the specialist has."""
    user = specialist_of(context, message.space)
    key = Key(private(user), "nudge", f"{message.space.partition(':')[2]}.{message.id}")
    if context.reads.get(key) is not None:
        return []
    return [Record(key.id, key.kind, key.space, user, {"where": message.space, "message": message.id})]


def specialist_of(context: Context, space: str) -> str:
    """Return the specialist of a pairing, whoever asks; raises NotFound."""
    pairing = access.find_shared_space(context.reads, space)
    if pairing is None:
        raise access.not_a_member(space)
    return str(pairing.hidden["specialist"])
