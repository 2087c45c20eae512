"""Sessions, the frame of a conversation: open, closing, closed. The end is always announced before it comes."""

from dataclasses import replace

from schemas.errors import BadRequest, NotFound, WrongState
from schemas.session import CloseSession, ExtendSession, OpenSession, TurnSession
from server.commands import access
from server.commands.absence import absences, moved_on, open_until
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import over
from server.commands.due import Histories, by_name, on_due
from server.commands.states import due_now, idle, in_state
from sync.clock import DAY, MINUTE
from sync.record import Key, Record, space_id

NEWEST_MESSAGES = 20  # messages that are read to find out when somebody last wrote
NOTICE = 10 * MINUTE  # ms between the announcement of the end and the end
LONGEST_SESSION = DAY


@command("session.open", OpenSession)
def begin(context: Context, args: Args) -> list[Record]:
    """Open a session, and say until when it lasts."""
    member = access.writer(context, args["space"])
    before = _session(context, args["space"])
    if before is not None and before.data["state"] != "closed":
        raise WrongState(
            "A conversation is open here already; extend or close it.", field="space", state=before.data["state"]
        )
    data = {
        "state": "open",
        "until": _until(context, args),
        "opened_at": context.now,
        "idle_minutes": args["idle_minutes"],
        "words": {},
        "announced": None,
    }
    return [_timed(Record(_id(args["space"]), "session", args["space"], member, data), context.now)]


@command("session.extend", ExtendSession)
def extend(context: Context, args: Args) -> list[Record]:
    """Extend the session. If both members extend it at the same time, the later end counts."""
    session = _going_on(context, args["space"])
    until = max(_until(context, args), session.data["until"])
    return [_timed(in_state(session, "open", until=until, words={}, announced=None), context.now)]


@command("session.close", CloseSession, exempt=True)
def close(context: Context, args: Args) -> list[Record]:
    """Close the session. The first close announces the end; it ends when the other closes too, or at that time."""
    session, member = _going_on(context, args["space"]), access.member(context, args["space"])
    words = {**session.data["words"], **({member: args["words"]} if "words" in args else {})}
    if session.data["state"] == "closing" and session.data["announced"] != member:
        return [in_state(session, "closed", words=words)]
    if session.data["state"] == "closing":
        return [replace(in_state(session, "closing", words=words), due=session.due)]
    until = context.now + NOTICE
    return [replace(in_state(session, "closing", until=until, words=words, announced=member), due=until)]


def _due_args(session: Record, histories: Histories) -> Args:
    """Return a session's space and id, and when the last message arrived, in ms by the server's clock (0: none)."""
    newest, _ = histories.history(session.space, 2**53 - 1, NEWEST_MESSAGES)
    arrived = (message.hidden.get("arrived_at", 0) for message in newest if not message.deleted)
    return {**by_name(session, histories), "active_at": max(arrived, default=0)}


@on_due("session", "turn", TurnSession, _due_args)
def turn(context: Context, args: Args) -> list[Record]:
    """Announce the end when it is near or nobody has written for ``idle_minutes``; end an announced session.

    If this runs late, the end is still announced first, and comes ``NOTICE`` ms after that.
    """
    session = due_now(context, "session", args)
    if session is None:
        return []
    if over(context, session):
        return [idle(session)]
    if session.data["state"] == "closing":
        until = open_until(context, session, session.data["until"] - NOTICE, session.data["until"])
        return [moved_on(context, session, until, until=until) if context.now < until else in_state(session, "closed")]
    # Nobody could write while Beside was not there.
    active_at = max([args["active_at"], *(back for _, back in absences(context))])
    if context.now < _announced_at(session, active_at):
        return [_timed(session, active_at)]
    until = context.now + NOTICE
    return [replace(in_state(session, "closing", until=until, announced=None), due=until)]


def _timed(session: Record, active_at: int) -> Record:
    return replace(session, due=_announced_at(session, active_at))


def _announced_at(session: Record, active_at: int) -> int:
    """Return when the end of a session is to be announced, in ms, if nobody writes any more."""
    idle_at = max(active_at, session.data["opened_at"]) + session.data["idle_minutes"] * MINUTE
    return int(min(session.data["until"] - NOTICE, idle_at))


def _until(context: Context, args: Args) -> int:
    if not context.now + NOTICE <= args["until"] <= context.now + LONGEST_SESSION:
        raise BadRequest("until: give a time that is between ten minutes and a day ahead.", field="args.until")
    return int(args["until"])


def _going_on(context: Context, space: str) -> Record:
    """Return the session that is not closed; raises NotFound or WrongState."""
    access.writer(context, space)
    session = _session(context, space)
    if session is None:
        raise NotFound("There is no conversation here; open one first.", field="space")
    if session.data["state"] == "closed":
        raise WrongState("This conversation has ended; open another one.", field="space", state="closed")
    return session


def _session(context: Context, space: str) -> Record | None:
    return context.reads.get(Key(space, "session", _id(space)))


def _id(space: str) -> str:
    """Return the id of the only session record of a pairing. Each new session opens the same record again."""
    return space_id(space)
