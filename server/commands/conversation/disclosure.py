"""Disclosures ("open together"): two sealed cards, of which both are opened at once or neither is.

A sealed card lies in the private space of its author, so no page, frame, row or cursor view of the other member has to
leave it out. When the cards are opened, one record gets both texts, at one seq of the shared space. So no phone ever
has one text without the other, wherever a transfer is cut off.
"""

from typing import Any

from schemas.base import Turn
from schemas.disclosure import InviteDisclosure, SealDisclosure, WithdrawDisclosure
from schemas.errors import BadRequest, WrongState
from schemas.fact import TIERS
from server.commands import access
from server.commands.absence import moved_on, open_until
from server.commands.context import Args, Context, command
from server.commands.conversation.question import wording
from server.commands.conversation.shared import added, existing, over, readable, said, unblocked
from server.commands.due import on_due
from server.commands.matching import people
from server.commands.states import due_now, idle, in_state, with_data
from sync.clock import HOUR
from sync.record import Key, Record, private, space_id

RULES = {"text": "latest", "facts": "latest"}  # set together, so that they stay together
OPENED_TIERS = TIERS[TIERS.index("open_together") :]  # tiers of facts that may be opened with a card
WAITING = ("invited", "sealed")


@command("disclosure.invite", InviteDisclosure)
def invite(context: Context, args: Args) -> list[Record]:
    """Invite the other member to open something together."""
    if ("prompt" in args) == ("theme" in args):
        raise BadRequest("theme: say what it is about, or give a prompt of the library.", field="args.theme")
    if "prompt" in args:
        wording(args["prompt"], "en")
    due = context.now + args["hours"] * HOUR
    data = {
        "theme": args.get("theme"),
        "prompt": args.get("prompt"),
        "hours": args["hours"],
        "due_at": due,
        "state": "invited",
        "sealed": [],
    }
    return [added(context, "disclosure", args, data, due=due)]


@command("disclosure.seal", SealDisclosure)
def seal(context: Context, args: Args) -> list[Record]:
    """Seal my card. If the other has sealed theirs already, both are opened."""
    disclosure = existing(context, "disclosure", args, *WAITING)
    if context.now >= _open_until(context, disclosure):
        raise WrongState("The time to open this together is over.", field="id", state="expired")
    mine = sealed(context, disclosure, args["text"], facts=args.get("facts", []))
    members = access.shared_space(context, disclosure.space).hidden["users"]
    done = {*disclosure.data["sealed"], access.member(context, disclosure.space)}
    if done != set(members):
        return [with_data(disclosure, state="sealed", sealed=sorted(done)), mine]
    now = context.after([mine])
    cards = {member: _shown(now, user, disclosure) for member, user in members.items()}
    gone = [one for user in members.values() for one in discarded(now, user, disclosure)]
    return [in_state(disclosure, "opened", sealed=sorted(done), cards=cards), *gone]


@command("disclosure.withdraw", WithdrawDisclosure, exempt=True)
def withdraw(context: Context, args: Args) -> list[Record]:
    """Withdraw from a disclosure: my card is deleted, the other's stays private, and nobody is told who withdrew.

    A card can always be taken back, also while the pairing is paused. Once the pairing has ended, only the card goes,
    and the disclosure stays as it is.
    """
    said(context, "disclosure", args)  # a caller who has blocked the other can delete only their own card
    context = unblocked(context, args["space"])
    disclosure = readable(context, "disclosure", args, *WAITING, "withdrawn", "expired")
    if over(context, disclosure):
        return discarded(context, context.caller.user, disclosure)
    if disclosure.data["state"] in WAITING:
        disclosure = in_state(disclosure, "withdrawn", sealed=[])
    return [disclosure, *discarded(context, context.caller.user, disclosure)]


@on_due("disclosure", "turn", Turn)
def turn(context: Context, args: Args) -> list[Record]:
    """Let a disclosure expire when its time is over. Each card stays private to its author."""
    disclosure = due_now(context, "disclosure", args)
    if disclosure is None:
        return []
    if over(context, disclosure):
        return [idle(disclosure)]
    until = _open_until(context, disclosure)
    if context.now < until:
        return [moved_on(context, disclosure, until, due_at=until)]
    return [in_state(disclosure, "expired", sealed=[])]


def _open_until(context: Context, disclosure: Record) -> int:
    """Return until when cards can be sealed, in ms."""
    due = int(disclosure.data["due_at"])
    return open_until(context, disclosure, due - disclosure.data["hours"] * HOUR, due)


def _shown(context: Context, user: str, disclosure: Record) -> dict[str, Any]:
    """Return a user's opened card: {text, facts}, with the facts whose tier still allows it; raises WrongState."""
    found = card(context, user, disclosure)
    if found is None:
        raise WrongState("A card is missing.", field="id", state="invited")
    pairing = access.shared_space(context, disclosure.space)
    kept = people.specialist(context, user) if user == pairing.hidden["specialist"] else people.peer(context, user)
    facts = [kept.data["facts"].get(name) for name in found.data["facts"]]
    open_now = [fact for fact in facts if fact is not None and fact["tier"] in OPENED_TIERS]
    told = [{name: fact[name] for name in ("topic", "kind", "depth")} for fact in open_now]
    return {"text": found.data["text"], "facts": told}


def sealed(context: Context, about: Record, text: str, **data: Any) -> Record:
    """Return the caller's card about a record of a shared space. If two phones seal cards, the later card counts."""
    key = _key(context.caller.user, about)
    empty = {"where": about.space, "sort": about.kind, "about": about.id, "facts": []}
    before = context.reads.get(key)
    if before is None or before.deleted:
        before = Record(key.id, key.kind, key.space, context.caller.user, empty)
    return context.merged(before, {"text": text, **data}, RULES)


def card(context: Context, user: str, about: Record) -> Record | None:
    """Return a user's card about a record of a shared space, or None."""
    found = context.reads.get(_key(user, about))
    return None if found is None or found.deleted else found


def discarded(context: Context, user: str, about: Record) -> list[Record]:
    """Return the tombstone of a user's card, if there is a card."""
    found = card(context, user, about)
    return [] if found is None else [found.tombstone()]


def _key(user: str, about: Record) -> Key:
    return Key(private(user), "card", f"{space_id(about.space)}.{about.kind}.{about.id}")
