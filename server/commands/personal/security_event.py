"""Security events of an account, in its user's private space: a sign-in with a code, a new passkey, and the like."""

from schemas.security_event import AddSecurityEvent, DismissSecurityEvent, ExpireSecurityEvent
from server.commands.context import Args, Context, command
from server.commands.due import on_due
from server.commands.states import due_now
from sync.clock import DAY
from sync.record import Key, Record, private

KIND = "security_event"
KEPT = 90 * DAY  # ms after which an event is removed


@command("security_event.add", AddSecurityEvent, internal=True)
def add(context: Context, args: Args) -> list[Record]:
    """Tell a user what happened to their account. ``device`` and ``name`` say what the event is about."""
    user = args["user"]
    data = {"event": args["event"], "device": args["device"] or "", "name": args["name"], "at": context.now}
    name = context.derived_id(KIND, user, context.mutation)
    return [Record(name, KIND, private(user), user, data, due=context.now + KEPT)]


@on_due(KIND, "expire", ExpireSecurityEvent)
def expire(context: Context, args: Args) -> list[Record]:
    """Remove an event that happened long ago."""
    found = due_now(context, KIND, args)
    return [] if found is None else [found.tombstone()]


@command("security_event.dismiss", DismissSecurityEvent, exempt=True)
def dismiss(context: Context, args: Args) -> list[Record]:
    """Delete an event, once I have seen it."""
    space, name = private(context.caller.user), args["id"]
    found = context.reads.get(Key(space, KIND, name)) or Record(name, KIND, space, context.caller.user)
    return [found if found.deleted else found.tombstone()]
