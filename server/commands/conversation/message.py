"""Messages: sent and edited in a space in which its members can write; deleted by their author in every space.

If a message of a peer that was hard to say is neither answered nor acknowledged, the specialist is reminded of it,
once and in private.
"""

from dataclasses import replace

from schemas.ack import SORTS
from schemas.base import merge_rules
from schemas.errors import Forbidden, IdTaken, NotFound, TooLarge
from schemas.message import REVISED, REVISIONS, DeleteMessage, EditMessage, FlagMessage, SendMessage, TurnMessage
from server.commands import access
from server.commands.absence import absences
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import own_words
from server.commands.due import Histories, by_name, on_due
from server.commands.matching import people
from server.commands.personal.quiet import calm_until
from server.commands.states import due_now, idle
from server.matching.absences import Spans, moved
from server.matching.hours import on_shift_deadline
from server.matching.requester import hours_of
from sync.clock import HOUR
from sync.record import Key, Record, private, space_id

ON_SHIFT = 4 * HOUR  # ms of the specialist's own hours without an answer, before the reminder
AT_MOST = 72 * HOUR  # ms until the reminder is due, at most
RULES = merge_rules(SendMessage)
LOOKED_THROUGH, WINDOW = 1_000, 100  # messages looked through for an answer, and how many are read at once
OURS = "beside."  # prefix of the ids of messages that Beside itself writes


@command("message.send", SendMessage, creates=True)
def send(context: Context, args: Args) -> list[Record]:
    """Add a message to a space in which its members can write now."""
    author = access.writer(context, args["space"])
    if args["origin"] == "system" and context.caller.role != "system":
        raise Forbidden("Use 'person' or 'template'; only Beside itself sends as 'system'.", field="origin")
    if args["id"].startswith(OURS):
        raise IdTaken(f"Choose another id; those that begin with '{OURS}' are Beside's own.", field="id", id=args["id"])
    if context.reads.get(Key(args["space"], "message", args["id"])) is not None:
        raise IdTaken("Another message has this id.", field="id", id=args["id"])
    data = {"sent_at": context.told(access.began_at(context, args["space"])).at, "origin": args["origin"]}
    if args["reply_to"] is not None:
        _require_there(context, args)
        data["reply_to"] = args["reply_to"]
    unsent = Record(args["id"], "message", args["space"], author, data, hidden={"arrived_at": context.now})
    sent = context.merged(unsent, {name: args[name] for name in RULES if name in args}, RULES)
    return [watched(context, sent) if "hard_to_say" in args else sent]


def _require_there(context: Context, args: Args) -> None:
    """Raise NotFound unless the message that is answered is in the same space. It may have been deleted meanwhile."""
    if context.reads.get(Key(args["space"], "message", args["reply_to"])) is None:
        message = "There is no such message in this space; send this one without `reply_to`."
        raise NotFound(message, field="reply_to", id=args["reply_to"])


@command("message.edit", EditMessage)
def edit(context: Context, args: Args) -> list[Record]:
    """Change the text of a message of mine, and keep the text it had."""
    message = _mine(context, args)
    if message.deleted:
        return [message]
    revisions = message.hidden.get("revisions", [])
    if len(revisions) >= REVISIONS or sum(len(revision["text"]) for revision in revisions) >= REVISED:
        raise TooLarge(
            "This message was edited too often, or with too much text; delete it, and send another one.",
            limit=REVISIONS,
            characters=REVISED,
        )
    edited = context.merged(message, {"text": args["text"]}, RULES)
    said = {"text": args["text"], "at": str(context.stamp)}
    first = {"text": message.data["text"], "at": str(message.stamps["text"])}
    hidden = {**message.hidden, "revisions": [*(revisions or [first]), said]}
    return [replace(edited, data={**edited.data, "edited": True}, hidden=hidden)]


@command("message.flag", FlagMessage)
def flag(context: Context, args: Args) -> list[Record]:
    """Say that a message of mine was hard to say, or that it was not."""
    message = _mine(context, args)
    return [watched(context, context.merged(message, {"hard_to_say": args["hard_to_say"]}, RULES))]


def _due_args(message: Record, histories: Histories) -> Args:
    """Return the space and id of a message, and whether another member has written since or acknowledged it."""
    return {**by_name(message, histories), "answered": _heard(message, histories) or _followed(message, histories)}


def _heard(message: Record, histories: Histories) -> bool:
    """Tell whether another member has acknowledged a message."""
    pairing = histories.get([Key(message.space, "pairing", space_id(message.space))])
    members = [member for one in pairing.values() for member in one.data["members"]]
    acks = histories.get(Key(message.space, "ack", f"{message.id}.{member}") for member in members)
    return any(ack.data.get(sort) for ack in acks.values() for sort in SORTS)


def _followed(message: Record, histories: Histories) -> bool:
    """Tell whether another member has written after a message, among the LOOKED_THROUGH messages that came next."""
    head, after = histories.extents([message.space])[message.space].head, message.first_seq
    for _ in range(LOOKED_THROUGH // WINDOW):
        later = histories.of_kind(message.space, "message", after, head, WINDOW)
        others = (one for one in later if not one.deleted and one.author != message.author)
        if any(one.first_seq > message.first_seq for one in others):
            return True
        if len(later) < WINDOW:
            return False
        after = later[-1].seq
    return False


@on_due("message", "turn", TurnMessage, _due_args)
def turn(context: Context, args: Args) -> list[Record]:
    """Remind a specialist of a message that was hard to say and has no answer; never in their quiet hours."""
    message = due_now(context, "message", args)
    if message is None:
        return []
    pairing = access.find_shared_space(context.reads, message.space)
    if args["answered"] or pairing is None or pairing.data["state"] not in access.WRITABLE:
        return [idle(message)]
    specialist = pairing.hidden["specialist"]
    until = calm_until(context, specialist, _given_back_until(context, message, specialist))
    if until > context.now:
        return [replace(message, due=until)]
    return [idle(message), *nudge(context, message, specialist)]


@command("message.delete", DeleteMessage, exempt=True)
def delete(context: Context, args: Args) -> list[Record]:
    """Delete a message of mine."""
    return [own_words(context, "message", args).tombstone()]


def _mine(context: Context, args: Args) -> Record:
    """Return a message of the caller's that can be changed now; raises NotFound, WrongState, or Forbidden."""
    author = access.writer(context, args["space"])
    message = context.reads.get(Key(args["space"], "message", args["id"]))
    if message is None:
        raise NotFound("There is no such message.", field="id", id=args["id"])
    if not message.deleted and message.author != author:
        raise Forbidden("Only its author can change a message.", field="id", id=args["id"])
    return message


def watched(context: Context, message: Record) -> Record:
    """Return a message, due when the specialist is to be reminded. Only a peer's hard-to-say message is ever due."""
    pairing = access.shared_space(context, message.space)
    user = pairing.hidden["users"].get(message.author)
    if message.deleted or not message.data.get("hard_to_say") or user != pairing.hidden["peer"]:
        return replace(message, due=None)
    if message.due is not None:
        return message
    return replace(message, due=_reminded_at(context, pairing.hidden["specialist"], context.now, ()))


def _reminded_at(context: Context, specialist: str, since: int, gone: Spans) -> int:
    """Return when a specialist is to be reminded of a message that was marked at ``since``, in ms."""
    hours = hours_of(people.specialist(context, specialist).data.get("availability"))
    if hours is None:
        return moved(gone, since, since + AT_MOST)
    return on_shift_deadline(hours, since, ON_SHIFT, AT_MOST, gone)


def _given_back_until(context: Context, message: Record, specialist: str) -> int:
    """Return until when, in ms, a reminder waits because of absences since its message was marked; at least now.

    A message is marked as hard to say when it arrives, or later.
    """
    marked = min(message.stamps["hard_to_say"].at, context.now)
    since, gone = max(message.hidden.get("arrived_at", 0), marked), absences(context)
    if all(back <= since for _, back in gone):
        return context.now
    return max(context.now, _reminded_at(context, specialist, since, gone))


def nudge(context: Context, message: Record, user: str) -> list[Record]:
    """Return the reminder of a message, a private record of the specialist; nothing if there has been one."""
    key = Key(private(user), "nudge", f"{space_id(message.space)}.{message.id}")
    if context.reads.get(key) is not None:
        return []
    return [Record(key.id, key.kind, key.space, user, {"where": message.space, "message": message.id})]
