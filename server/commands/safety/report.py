"""Reports: filed by a member of a pairing about the other member, and handled by operators.

The messages that moderators may see are copied when a report is filed: those that were selected, as far as they fit.
Moderators have no way to read anything else.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.block import CloseReport, FileReport, TakeReport
from schemas.errors import Forbidden, IdTaken, NotFound, WrongState
from schemas.sanction import ACTIONS
from schemas.text import cut
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.conversation.shared import other_user, unblocked
from server.commands.matching import people
from server.commands.pairing.pairing import exclude
from server.commands.safety.retention import kept
from server.commands.safety.sanction import imposed
from server.commands.states import with_data
from sync.record import FAR, Key, Record, private

MOST_CHARACTERS = 1_000_000  # characters of messages in one report: half of what can be stored at once
SHORTENED_TO = 200  # characters that are left of a text that does not fit


@command("report.file", FileReport, exempt=True)
def file(context: Context, args: Args) -> list[Record]:
    """Report what happened in a pairing."""
    return filed(unblocked(context, args["space"]), args)


@command("report.take", TakeReport, exempt=True)
def take(context: Context, args: Args) -> list[Record]:
    """Take a report, to look into it."""
    _require_open(context, args)
    return with_step(context, args["id"], "in_review")


@command("report.close", CloseReport, exempt=True)
def close(context: Context, args: Args) -> list[Record]:
    """Close a report with its outcome, which may be a sanction. The reporter learns only whether action was taken."""
    _require_open(context, args)
    told = {name: args[name] for name in ("outcome", "note", "words", "until") if name in args}
    records = with_step(context, args["id"], "closed", **told)
    if args["outcome"] in ACTIONS:
        records += _sanctioned(context.after(records), case_of(context, args["id"]), args)
    return records


def _sanctioned(context: Context, case: Record, args: Args) -> list[Record]:
    """Return what the sanction after a report changes. Unless it is a warning, the two people never meet again."""
    user, is_peer = case.hidden["about"], case.data["by"] == "specialist"
    asked = {"action": args["outcome"], "words": args["words"], "until": args.get("until")}
    role = "peer" if is_peer else "specialist"
    if user is None or people.has_left_beside(context, user, role):
        raise WrongState(
            "The person who was reported has left, or has another role now. If the account is still there, use "
            "`sanction.impose`, and close the report as `spoken_to`.", field="outcome", state="nobody",
        )  # fmt: skip
    if args["outcome"] == "warned":
        return imposed(context, user, role, asked, case.id)
    peer, specialist = (user, case.hidden["reporter"]) if is_peer else (case.hidden["reporter"], user)
    records: list[Record] = []
    if not people.has_left_beside(context, peer, "peer"):
        kept = people.excluding(people.peer(context, peer), specialist, "moderation", None)
        records = [kept, *exclude(context.after([kept]), kept, specialist)]
    return [*records, *imposed(context.after(records), user, role, asked, case.id)]


def _require_open(context: Context, args: Args) -> None:
    if context.caller.role != "operator":
        raise Forbidden("Only operators can take and close reports.", field="id")
    case = case_of(context, args["id"])
    if context.caller.user in {case.hidden["about"], case.hidden["reporter"]}:
        raise Forbidden("This report is about you, or by you; another operator has to look into it.", field="id")
    if case.data["state"] == "closed":
        raise WrongState("This report is closed.", field="id", state="closed")


def filed(context: Context, args: Mapping[str, Any]) -> list[Record]:
    """Return what a report changes: the caller's own record of it, and the case, in a space that no phone reads."""
    own = Key(private(context.caller.user), "report", args["id"])
    if context.reads.get(own) is not None:
        raise IdTaken("Another report has this id.", field="id", id=args["id"])
    pairing = access.shared_space(context, args["space"])
    name = context.derived_id("report", context.caller.user, args["id"])
    told = {
        "ground": args["ground"],
        "words": args["words"],
        "consent": args["consent"],
        "state": "filed",
        "outcome": None,
        "filed_at": context.now,
    }
    report = {**told, "where": args["space"], "messages": args["messages"]}
    by = pairing.data["members"][access.member(context, args["space"])]["role"]
    messages = reported(context, args["space"], args["messages"], MOST_CHARACTERS) if args["consent"] else []
    case = {**told, "by": by, "messages": messages, "trail": [_entry(context, "filed")]}
    hidden = {"reporter": context.caller.user, "report": args["id"], "about": other_user(context, args["space"])}
    return [
        Record(own.id, own.kind, own.space, context.caller.user, report, hidden={"case": name}),
        Record(name, "case", space_of(name), "", case, hidden=hidden, due=FAR),
    ]


def with_step(context: Context, name: str, state: str, **data: Any) -> list[Record]:
    """Return what a step of a moderator changes: the case, with the step in its trail, and what the reporter sees."""
    case = case_of(context, name)
    trail = [*case.data["trail"], _entry(context, state, **data)]
    outcome = data.get("outcome", case.data["outcome"])
    changed = {**case.data, "state": state, "outcome": outcome, "trail": trail}
    due = None if state == "closed" else FAR
    records = [Record(name, "case", case.space, "", changed, hidden=case.hidden, due=due)]
    own = context.reads.get(Key(private(case.hidden["reporter"]), "report", case.hidden["report"]))
    if own is not None:
        heard = outcome if outcome in {None, "no_action"} else "acted"
        records.append(with_data(own, state=state, outcome=heard))
    return [*records, kept(context, case)] if state == "closed" else records


def case_of(context: Context, name: str) -> Record:
    """Return a case; raises NotFound."""
    case = context.reads.get(Key(space_of(name), "case", name))
    if case is None:
        raise NotFound("There is no such report.", field="id", id=name)
    return case


def space_of(case: str) -> str:
    """Return the space of a case. No phone reads it."""
    return f"case:{case}"


def _entry(context: Context, what: str, **data: Any) -> dict[str, Any]:
    by = "" if what == "filed" else context.caller.user
    return {"at": context.now, "what": what, "by": by, **data}


class _Allowance:
    """The characters that can still be quoted. They are counted as in ``repr``: unprintable ones take more."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    def fit(self, text: str) -> tuple[str, bool]:
        """Return a text, or its beginning if there is not enough room; and whether it was shortened."""
        if len(repr(text)) > self._left:
            return cut(text, SHORTENED_TO), len(text) > SHORTENED_TO
        self._left -= len(repr(text))
        return text, False


def quoted(context: Context, space: str, names: list[str], room: int) -> list[dict[str, Any]]:
    """Return some messages: [{id, by, text, sent_at, shortened?}]. Whole texts take ``room`` characters at most.

    ``by`` is the author's role, never the user or member. Raises NotFound for an unknown or deleted message.
    """
    members, left = access.shared_space(context, space).data["members"], _Allowance(room)
    found = []
    for name in names:
        message = _message(context, space, name)
        if message is None:
            raise NotFound("There is no such message any more.", field="messages", id=name)
        found.append(_told(message, members, left))
    return found


def reported(context: Context, space: str, names: list[str], room: int) -> list[dict[str, Any]]:
    """Return some messages for a report: as ``quoted`` does, but a message that does not exist is {id, deleted}.

    An edited message of the other member also has {before: [text…]}: its earlier texts, the newest first, as many as
    fit into the room that is left after all messages.
    """
    members, left, me = (
        access.shared_space(context, space).data["members"],
        _Allowance(room),
        access.member(context, space),
    )
    messages = [_message(context, space, name) for name in names]
    told = [{"id": name, "deleted": True} if one is None else _told(one, members, left)
            for name, one in zip(names, messages, strict=True)]  # fmt: skip
    for row, message in zip(told, messages, strict=True):
        before = list(_before(message, left)) if message is not None and message.author != me else []
        if before:
            row["before"] = before
    return told


def _message(context: Context, space: str, name: str) -> Record | None:
    message = context.reads.get(Key(space, "message", name))
    return None if message is None or message.deleted else message


def _told(message: Record, members: dict[str, Any], left: _Allowance) -> dict[str, Any]:
    by = members.get(message.author, {}).get("role", "beside")
    text, is_short = left.fit(message.data["text"])
    told = {"id": message.id, "by": by, "text": text, "sent_at": message.data["sent_at"]}
    return {**told, "shortened": True} if is_short else told


def _before(message: Record, left: _Allowance) -> Iterator[str]:
    """Yield the earlier texts of an edited message, the newest first, until one does not fit."""
    for revision in reversed(message.hidden.get("revisions", [])[:-1]):
        text, is_short = left.fit(revision["text"])
        if is_short:
            return
        yield text
