"""Debriefs: a supervisor is asked for a talk, and can read only the messages that were selected for it."""

from dataclasses import replace

from schemas.debrief import AnswerDebrief, AskDebrief, CloseDebrief, HandDebriefOver
from schemas.errors import Forbidden, IdTaken, NotFound, WrongState
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import unblocked
from server.commands.matching import people
from server.commands.safety.report import quoted
from server.commands.states import in_state, with_data, written_by
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
    asked = Record(args["id"], "debrief", private(user), user, mine, hidden={"other": [supervisor, name]})
    shown = Record(name, "debrief", private(supervisor), supervisor, theirs, hidden={"other": [user, args["id"]]})
    return [
        written_by(private(supervisor), asked, "answer"),
        written_by(private(user), shown, "words", "messages"),
    ]


@command("debrief.answer", AnswerDebrief)
def answer(context: Context, args: Args) -> list[Record]:
    """Answer the person who asked me for a talk."""
    debrief = _debrief(context, args["id"])
    _require_asked(context, debrief)
    _require_open(debrief)
    answered = [in_state(one, "answered", answer=args["words"]) for one in _both(context, debrief)]
    return [written_by(private(context.caller.user), one, "answer") for one in answered]


@command("debrief.close", CloseDebrief)
def close(context: Context, args: Args) -> list[Record]:
    """Close a debrief, because it is settled. The supervisor does not keep the messages."""
    debrief = _debrief(context, args["id"])
    if debrief.data["state"] == "handed_over":
        return [debrief]
    both = _both(context, debrief)
    return [in_state(one, "closed", messages=[] if one.data["by"] else one.data["messages"]) for one in both]


@command("debrief.hand_over", HandDebriefOver)
def hand_over(context: Context, args: Args) -> list[Record]:
    """Hand a debrief to the present supervisor of the specialist. I keep none of its messages."""
    mine = _debrief(context, args["id"])
    _require_asked(context, mine)
    _require_open(mine)
    user, name = mine.hidden["other"]
    asked = context.reads.get(Key(private(user), "debrief", name))
    successor = _supervisor(context, asked.data["where"]) if asked is not None else None
    if asked is None or successor in {None, context.caller.user}:
        raise WrongState(
            "You supervise this specialist still, or nobody does: there is nobody to hand over to.",
            field="id", state=mine.data["state"],
        )  # fmt: skip
    theirs = context.derived_id("debrief", user, name, str(successor))
    return [
        with_data(mine, state="handed_over", messages=[], handed_over_at=context.now),
        replace(with_data(asked, handed_over_at=context.now), hidden={**asked.hidden, "other": [successor, theirs]}),
        Record(theirs, "debrief", private(str(successor)), str(successor), mine.data, hidden=mine.hidden),
    ]


def _supervisor(context: Context, space: str) -> str | None:
    """Return the present supervisor of the specialist of a pairing."""
    pairing = access.find_shared_space(context.reads, space)
    return None if pairing is None else people.supervisor_of(context, pairing.hidden["specialist"])


def _require_asked(context: Context, debrief: Record) -> None:
    """Raise Forbidden unless the caller is the supervisor who was asked, and still a supervisor."""
    if debrief.data["by"] is None or context.caller.role != "supervisor":
        raise Forbidden("Only the supervisor who was asked can do this.", field="id", id=debrief.id)


def _require_open(debrief: Record) -> None:
    """Raise WrongState for a debrief that is settled, or that its supervisor has handed over."""
    if debrief.data["state"] in {"closed", "handed_over"}:
        raise WrongState("This debrief is not open any more.", field="id", state=debrief.data["state"])


def _debrief(context: Context, name: str) -> Record:
    debrief = context.reads.get(Key(private(context.caller.user), "debrief", name))
    if debrief is None:
        raise NotFound("There is no such debrief.", field="id", id=name)
    return debrief


def _both(context: Context, debrief: Record) -> list[Record]:
    """Return both copies of a debrief; only the caller's, if the other copy does not exist any more."""
    user, name = debrief.hidden["other"]
    other = context.reads.get(Key(private(user), "debrief", name))
    return [debrief] if other is None else [debrief, other]
