"""Debriefs: a supervisor is asked for a talk, and sees the messages that were selected, and nothing else by any way."""

from schemas.debrief import AnswerDebrief, AskDebrief, CloseDebrief
from schemas.errors import Forbidden, IdTaken, NotFound, WrongState
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import unblocked
from server.commands.matching import people
from server.commands.safety.report import quoted
from server.commands.states import in_state
from sync.record import Key, Record, private

MOST_CHARACTERS = 200_000  # characters of messages in one debrief


@command("debrief.ask", AskDebrief)
def ask(context: Context, args: Args) -> list[Record]:
    """Ask the supervisor of a pairing for a talk."""
    context = unblocked(context, args["space"])
    pairing, user = access.shared_space(context, args["space"]), context.caller.user
    if context.reads.get(Key(private(user), "debrief", args["id"])) is not None:
        raise IdTaken("Another debrief has this id.", field="id", id=args["id"])
    supervisor = people.supervisor_of(context, pairing.hidden["specialist"])
    if supervisor is None:
        raise WrongState(
            "The specialist of this pairing has no supervisor who could be asked.", field="space", state="unsupervised"
        )
    told = {
        "words": args["words"],
        "answer": None,
        "state": "asked",
        "asked_at": context.told(pairing.hidden.get("began_at")).at,
    }
    mine = {**told, "where": args["space"], "messages": args["messages"], "by": None}
    by = pairing.data["members"][access.member(context, args["space"])]["role"]
    messages = quoted(context, args["space"], args["messages"], MOST_CHARACTERS)
    theirs = {**told, "where": None, "messages": messages, "by": by}
    name = context.derived_id("debrief", user, args["id"])
    return [
        Record(args["id"], "debrief", private(user), user, mine, hidden={"other": [supervisor, name]}),
        Record(name, "debrief", private(supervisor), supervisor, theirs, hidden={"other": [user, args["id"]]}),
    ]


@command("debrief.answer", AnswerDebrief)
def answer(context: Context, args: Args) -> list[Record]:
    """Answer the person who asked me for a talk."""
    debrief = _debrief(context, args["id"])
    if debrief.data["by"] is None:
        raise Forbidden("Only the supervisor who was asked can answer.", field="id", id=args["id"])
    if debrief.data["state"] == "closed":
        raise WrongState("This debrief is closed.", field="id", state="closed")
    return [in_state(one, "answered", answer=args["words"]) for one in _both(context, debrief)]


@command("debrief.close", CloseDebrief)
def close(context: Context, args: Args) -> list[Record]:
    """It is settled. The supervisor does not keep what was shown to them."""
    both = _both(context, _debrief(context, args["id"]))
    return [in_state(one, "closed", messages=[] if one.data["by"] else one.data["messages"]) for one in both]


def _debrief(context: Context, name: str) -> Record:
    debrief = context.reads.get(Key(private(context.caller.user), "debrief", name))
    if debrief is None:
        raise NotFound("There is no such debrief.", field="id", id=name)
    return debrief


def _both(context: Context, debrief: Record) -> list[Record]:
    """Return both copies of a debrief; only the caller's, if the other has deleted their account."""
    user, name = debrief.hidden["other"]
    other = context.reads.get(Key(private(user), "debrief", name))
    return [debrief] if other is None else [debrief, other]
