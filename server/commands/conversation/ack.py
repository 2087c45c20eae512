"""Acknowledgements: one record for each message and member, with a field for each sort. Nothing ever counts them."""

from schemas.ack import SetAck
from schemas.base import merge_rules
from schemas.errors import Forbidden, NotFound
from server.commands import access
from server.commands.context import Args, Context, command
from sync.record import Key, Record

RULES = merge_rules(SetAck)


@command("ack.set", SetAck)
def put(context: Context, args: Args) -> list[Record]:
    """Acknowledge a message of somebody else, or take the acknowledgement back."""
    member = access.writer(context, args["space"])
    message = context.reads.get(Key(args["space"], "message", args["message"]))
    if message is None or message.deleted:
        raise NotFound("There is no such message.", field="message", id=args["message"])
    if message.author == member:
        raise Forbidden("This message is your own.", field="message", id=args["message"])
    name = f"{message.id}.{member}"
    before = context.reads.get(Key(args["space"], "ack", name))
    ack = before or Record(name, "ack", args["space"], member, {"message": message.id})
    return [context.merged(ack, {sort: args[sort] for sort in RULES if sort in args}, RULES)]
