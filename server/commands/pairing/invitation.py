"""Pairing by invitation: a code that lets one peer into a space."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from schemas.errors import Conflict, Forbidden, NotFound, WrongState
from schemas.pairing import Invite, Join
from server.commands import access
from server.commands.absence import open_until
from server.commands.context import Args, Context, base32, command, is_demo
from server.commands.matching import people, requests
from server.commands.matching.staff import looked_after
from server.commands.pairing import agreement as agreements
from server.commands.pairing.pairs import NEW, described, introduced, member_of, membership, restated
from server.commands.pairing.programme import invitations_without
from server.commands.states import with_data
from server.matching.clearance import is_in_service, is_minor, unmet
from sync.clock import HOUR
from sync.record import Record, pair_space, space_id


@command("pairing.invite", Invite)
def invite(context: Context, args: Args) -> list[Record]:
    """Open a space for two with the specialist in it, and make the code that lets one peer in."""
    specialist = _specialist(context, args)
    _require_service(context, specialist)
    code = "-".join(_chunks(base32(context.derive("code", context.caller.user, context.mutation))[:16], 4))
    space = _space(code)
    member = member_of(context, space, specialist)
    hidden = {**NEW, "users": {member: specialist}, "specialist": specialist, "inviter": context.caller.user}
    hidden["began_at"] = context.now
    pairing = Record(space_id(space), "pairing", space, member, {}, hidden=hidden)
    terms = agreements.whole(args["terms"])
    agreement, pairing = agreements.proposed(pairing, agreements.FIRST_VERSION, terms, {member: context.now})
    data = {
        "state": "invited",
        "code": code,
        "expires_at": context.now + args["hours"] * HOUR,
        "members": {member: described("specialist", args.get("name"))},
        "proposed": agreement.data["sha256"],
    }
    return [replace(pairing, data=data), agreement, membership(space, specialist, member, "specialist")]


@command("pairing.join", Join)
def join(context: Context, args: Args) -> list[Record]:
    """Accept an invitation. The code works once. If I have read the agreement, I can sign it at the same time."""
    if context.caller.role != "peer":
        raise Forbidden("Only peers can use the code of an invitation.", field="code")
    space, user = _space(args["code"]), context.caller.user
    pairing = access.find_shared_space(context.reads, space)
    if pairing is None:
        raise NotFound("There is no such invitation.", field="code")
    _require_open(context, pairing)
    _require_read(args, pairing)
    specialist, peer = people.specialist(context, pairing.hidden["specialist"]), people.peer(context, user)
    people.require_standing(peer, context.now)
    minor = is_minor(requests.about(context, user))
    _require_suitable(context, specialist, peer, minor=minor)
    member = member_of(context, space, user)
    pairing = _with_peer(pairing, member, user, args.get("name"), unmet(specialist.data, context.now, minor=minor))
    signed: list[Record] = []
    agreement = agreements.proposal(context, pairing)
    if "agreement" in args and agreement is not None:
        signed, pairing = agreements.signed(context, pairing, agreement, member)
    if specialist.id in peer.data["pairings"].values():
        raise WrongState("The two of you are paired already.", field="code", state="paired")
    place = {"peer": user, "place": False}
    return [
        restated(pairing),
        *signed,
        membership(space, user, member, "peer"),
        *_introductions(context, space, specialist, peer),
        with_data(specialist, pairings={**specialist.data["pairings"], pairing.id: place}),
        with_data(people.here(peer), pairings={**peer.data["pairings"], pairing.id: specialist.id}),
    ]


def _with_peer(pairing: Record, member: str, user: str, name: str | None, without: list[str]) -> Record:
    """Return a pairing that a peer has joined; ``without``: the safeguards that its specialist does not have."""
    members = {**pairing.data["members"], member: described("peer", name)}
    users = {**pairing.hidden["users"], member: user}
    hidden = {**pairing.hidden, "users": users, "peer": user, "without": without}
    return replace(pairing, data={"members": members}, hidden=hidden)


def _specialist(context: Context, args: Args) -> str:
    """Return the specialist of an invitation: the caller, or the one whom an operator or supervisor names."""
    caller = context.caller
    if "specialist" not in args:
        if caller.role != "specialist":
            raise Forbidden(
                "Send `specialist`, the handle of the person to invite for; only specialists may leave it out.",
                field="specialist",
            )
        return caller.user
    return looked_after(context, args["specialist"])


def _require_service(context: Context, user: str) -> None:
    """Raise WrongState unless a specialist may take people. The age of the peer who will join is not known yet."""
    data = people.specialist(context, user).data
    if not is_in_service(data, context.now) or _missing(context, data, minor=False):
        raise WrongState(
            "This specialist can take nobody now: the supervisor or a valid certificate is missing, or the specialist "
            "leaves. An operator can use `specialist.certify`.", field="specialist", state="uncertified",
        )  # fmt: skip


def _require_suitable(context: Context, specialist: Record, peer: Record, *, minor: bool) -> None:
    """Raise WrongState unless a specialist may take a peer. The error gives a reason only if it is about the peer."""
    missing = _missing(context, specialist.data, minor=minor)
    serves = is_in_service(specialist.data, context.now) and missing <= {"minors_ok"}
    serves = serves and is_demo(specialist.id) == is_demo(peer.id)
    if not serves or people.excluded(peer, specialist.id, 2**53):
        raise WrongState("This invitation cannot be used any more.", field="code", state="expired")
    if missing:
        raise WrongState(
            "Nobody under 18 can join by this invitation. That has nothing to do with you: open a request, and we look "
            "for somebody who may be there for you.", field="code", state="under_18",
        )  # fmt: skip


def _missing(context: Context, specialist: Mapping[str, Any], *, minor: bool) -> set[str]:
    """Return the safeguards that a specialist does not have and that this programme's invitations ask for."""
    return set(unmet(specialist, context.now, minor=minor)) - invitations_without(context)


def _require_open(context: Context, pairing: Record) -> None:
    """Raise WrongState unless an invitation is still open, Forbidden if it is the caller's own."""
    state = pairing.data["state"]
    due = pairing.data.get("expires_at", 0)
    if state == "invited" and context.now >= open_until(context, pairing, pairing.hidden.get("began_at") or due, due):
        state = "expired"
    if state != "invited":
        raise WrongState("This invitation cannot be used any more.", field="code", state=state)
    if context.caller.user in pairing.hidden["users"].values():
        raise Forbidden("You made this invitation; another person has to use it.", field="code")


def _require_read(args: Args, pairing: Record) -> None:
    """Raise Conflict if the caller signs another agreement than the one that is proposed."""
    asked = pairing.hidden["proposed"]
    if args.get("agreement", asked) != asked:
        raise Conflict(
            "The agreement has changed meanwhile; read it again, and send its sha256.", field="agreement", sha256=asked
        )


def _introductions(context: Context, space: str, *kept: Record) -> list[Record]:
    """Return the introductions that two people see of each other from the beginning."""
    shown = (introduced(space, member_of(context, space, one.id), one.data["facts"]) for one in kept)
    return [record for record in shown if record is not None]


def _space(code: str) -> str:
    """Return the space that a code opens. It can be computed from the code; the code cannot be computed from it."""
    return pair_space(base32(sha256(b"beside pairing " + code.encode()).digest())[:26].lower())


def _chunks(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]
