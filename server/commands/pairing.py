"""Pairing by invitation: invited, accepted, ended. The server rules; an illegal wish is refused with the state."""

from base64 import b32encode
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from schemas.pairing import End, Invite, Join
from server.command import Args, Context, command
from server.errors import Forbidden, NotFound, WrongState
from server.records import Key, Record, private

HOUR = 3_600_000  # ms


@command("pairing.invite", Invite)
def invite(context: Context, args: Args) -> list[Record]:
    """Open a space for two with the specialist in it, and make the code that lets one peer in."""
    specialist = _specialist(context, args)
    code = "-".join(_chunks(_base32(context.derive("code", context.caller.user, context.mutation))[:16], 4))
    space = _space(code)
    member = _member(context, space, specialist)
    data = {
        "state": "invited",
        "code": code,
        "expires_at": context.now + args["hours"] * HOUR,
        "members": {member: _described("specialist", args)},
    }
    pairing = Record(space.partition(":")[2], "pairing", space, member, data, hidden={"users": {member: specialist}})
    return [pairing, _membership(space, specialist, member, "specialist")]


@command("pairing.join", Join)
def join(context: Context, args: Args) -> list[Record]:
    """Accept an invitation. The code works once."""
    space = _space(args["code"])
    pairing = context.view.get(Key(space, "pairing", space.partition(":")[2]))
    if pairing is None:
        raise NotFound("There is no such invitation.", field="code")
    _require_open(context, pairing)
    member = _member(context, space, context.caller.user)
    data = {
        "state": "accepted",
        "members": {**pairing.data["members"], member: _described("peer", args)},
    }
    users = {**pairing.hidden["users"], member: context.caller.user}
    joined = replace(pairing, data=data, hidden={"users": users})
    return [joined, _membership(space, context.caller.user, member, "peer")]


@command("pairing.end", End)
def end(context: Context, args: Args) -> list[Record]:
    """End a pairing, or take an invitation back. Ending it twice is the same as once."""
    pairing = context.house(f"pair:{args['pairing']}")
    return [replace(pairing, data={"state": "ended", "members": pairing.data["members"]})]


def _specialist(context: Context, args: Args) -> str:
    """Return the user whom an invitation is for: the specialist who makes it, or whom a programme names."""
    caller = context.caller
    if "specialist" not in args:
        if caller.role != "specialist":
            raise Forbidden("Only specialists invite; a programme names the specialist.", field="specialist")
        return caller.user
    if caller.role not in {"operator", "supervisor"}:
        raise Forbidden("Only operators and supervisors invite for others.", field="specialist")
    user = context.view.specialist(args["specialist"])
    if user is None:
        raise NotFound("There is no such specialist.", field="specialist")
    return user


def _require_open(context: Context, pairing: Record) -> None:
    """Raise WrongState unless the invitation can still be accepted by the caller."""
    state = pairing.data["state"]
    if state == "invited" and context.now >= pairing.data["expires_at"]:
        state = "expired"
    if state != "invited":
        raise WrongState("This invitation cannot be used any more.", field="code", state=state)
    if context.caller.user in pairing.hidden["users"].values():
        raise Forbidden("Nobody is paired with themselves.", field="code")


def _membership(space: str, user: str, member: str, role: str) -> Record:
    """Return the private record by which a user's phones learn of a space, and who they are in it."""
    name, data = space.replace(":", "."), {"space": space, "member": member, "role": role}
    return Record(name, "membership", private(user), user, data)


def _described(role: str, args: Args) -> Mapping[str, Any]:
    return {"role": role, "name": args["name"]} if "name" in args else {"role": role}


def _member(context: Context, space: str, user: str) -> str:
    """Return a user's handle inside one space: looks random, and links to no other space."""
    return _base32(context.derive("member", space, user))[:16].lower()


def _space(code: str) -> str:
    """Return the space that a code opens. It can be computed from the code; the code cannot be computed from it."""
    return "pair:" + _base32(sha256(b"beside pairing " + code.encode()).digest())[:26].lower()


def _base32(raw: bytes) -> str:
    return b32encode(raw).decode().rstrip("=")


def _chunks(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]
