"""Messages: sent into a space whose pairing stands; edited and deleted by their author."""

from dataclasses import replace

from schemas.base import merge_rules
from schemas.message import REVISED, REVISIONS, DeleteMessage, EditMessage, SendMessage
from server.command import Args, Context, command
from server.errors import Forbidden, IdTaken, NotFound, TooLarge
from server.records import Key, Record

RULES = merge_rules(SendMessage)
OURS = "beside."  # what the ids of messages begin with that Beside itself writes


@command("message.send", SendMessage)
def send(context: Context, args: Args) -> list[Record]:
    """Add a message to a space whose pairing is accepted."""
    author = context.writer(args["space"])
    if args["origin"] == "system" and context.caller.role != "system":
        raise Forbidden("Only Beside itself speaks as 'system'.", field="origin")
    if args["id"].startswith(OURS):
        raise IdTaken(f"Ids that begin with '{OURS}' are Beside's own.", field="id", id=args["id"])
    if context.view.get(Key(args["space"], "message", args["id"])) is not None:
        raise IdTaken("Another message has this id.", field="id", id=args["id"])
    data = {"sent_at": context.stamp.at, "origin": args["origin"]}
    if args["reply_to"] is not None:
        data["reply_to"] = args["reply_to"]
    draft = Record(args["id"], "message", args["space"], author, data)
    return [context.merged(draft, {"text": args["text"]}, RULES)]


@command("message.edit", EditMessage)
def edit(context: Context, args: Args) -> list[Record]:
    """Change the text of a message of mine, and keep the text it had."""
    message = _mine(context, args)
    if message.deleted:
        return [message]
    revisions = message.hidden.get("revisions", [])
    if len(revisions) >= REVISIONS or sum(len(revision["text"]) for revision in revisions) >= REVISED:
        raise TooLarge("This message has been edited too often.", limit=REVISIONS, characters=REVISED)
    edited = context.merged(message, {"text": args["text"]}, RULES)
    said = {"text": args["text"], "at": str(context.stamp)}
    first = {"text": message.data["text"], "at": str(message.stamps["text"])}
    hidden = {**message.hidden, "revisions": [*(revisions or [first]), said]}
    return [replace(edited, data={**edited.data, "edited": True}, hidden=hidden)]


@command("message.delete", DeleteMessage)
def delete(context: Context, args: Args) -> list[Record]:
    """Delete a message of mine."""
    message = _mine(context, args)
    return [message if message.deleted else message.tombstone()]


def _mine(context: Context, args: Args) -> Record:
    """Return a message that the caller wrote; somebody else's is not theirs to change."""
    author = context.writer(args["space"])
    message = context.view.get(Key(args["space"], "message", args["id"]))
    if message is None:
        raise NotFound("There is no such message.", field="id", id=args["id"])
    if not message.deleted and message.author != author:
        raise Forbidden("Only its author can change a message.", field="id", id=args["id"])
    return message
