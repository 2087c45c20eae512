"""Agreements: proposed, signed, amended and withdrawn from. Nobody can write in a pairing before both have signed one.

An agreement has versions of terms. A version is in force once both members have signed its hash.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.agreement import STANDARD, DeclineAgreement, ProposeAgreement, SignAgreement, WithdrawAgreement, digest
from schemas.errors import Conflict, IdTaken, WrongState
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.conversation import receipt
from server.commands.pairing.pairs import has_ended, require_live, restated
from server.commands.states import in_state
from sync.record import Key, Record, pair_space

FIRST_VERSION = "first"  # the id of the agreement that an invitation or an acceptance proposes


@command("agreement.propose", ProposeAgreement)
def propose(context: Context, args: Args) -> list[Record]:
    """Propose an agreement, or a change of it. The one in force stays in force until both have signed the new one."""
    pairing = _going_on(context, args["space"])
    if context.reads.get(Key(pairing.space, "agreement", args["id"])) is not None:
        raise IdTaken("Another agreement has this id.", field="id", id=args["id"])
    before = proposal(context, pairing)
    replaced = [in_state(before, "replaced")] if before else []
    signed = {access.member(context, pairing.space): context.now}
    agreement, pairing = proposed(pairing, args["id"], whole(args["terms"]), signed)
    return [restated(pairing), agreement, *replaced]


@command("agreement.sign", SignAgreement)
def sign(context: Context, args: Args) -> list[Record]:
    """Sign the agreement that was shown to me. Signing twice is the same as once."""
    pairing = _going_on(context, args["space"])
    agreement = proposal(context, pairing)
    if pairing.hidden["agreed"] == args["sha256"] != pairing.hidden["proposed"]:
        return [pairing]
    agreement = _shown(pairing, agreement, args["sha256"])
    changed, pairing = signed(context, pairing, agreement, access.member(context, pairing.space))
    return [restated(pairing), *changed, *_follow(context, pairing)]


@command("agreement.decline", DeclineAgreement, exempt=True)
def decline(context: Context, args: Args) -> list[Record]:
    """Say no to the proposed agreement. The one in force stays in force."""
    pairing = _going_on(context, args["space"])
    agreement = _shown(pairing, proposal(context, pairing), args["sha256"])
    return [restated(pairing, proposal=None, proposed=None), in_state(agreement, "declined")]


@command("agreement.withdraw", WithdrawAgreement, exempt=True)
def withdraw(context: Context, args: Args) -> list[Record]:
    """Withdraw from the agreement: the pairing pauses until both have signed another one. Nothing is deleted."""
    pairing = _going_on(context, args["space"])
    agreement = in_force(context, pairing)
    if agreement is None:
        raise WrongState("There is no agreement to withdraw from.", field="space", state=pairing.data["state"])
    withdrawn = in_state(agreement, "withdrawn")
    unread = receipt.without_read(context, pairing)
    return [restated(pairing, in_force=None, agreed=None, withdrawn=True), withdrawn, *unread]


def _going_on(context: Context, space: str) -> Record:
    """Return the caller's pairing in a space; raises NotFound, or WrongState if it has ended or not begun."""
    pairing = access.shared_space(context, space)
    require_live(pairing)
    return pairing


def _shown(pairing: Record, agreement: Record | None, sha256: str) -> Record:
    """Return the agreement that waits for signatures; raises WrongState if there is none.

    Raises Conflict, which names the agreement, if another one was shown to the caller. The agreement's text is in its
    record, which is sent to every phone of both members.
    """
    if agreement is None:
        raise WrongState(
            "No agreement is proposed here; there is none to sign or decline.",
            field="sha256",
            state=pairing.data["state"],
        )
    if agreement.data["sha256"] != sha256:
        raise Conflict(
            "The agreement has changed; read it again.",
            field="sha256",
            sha256=agreement.data["sha256"],
            agreement=agreement.id,
        )
    return agreement


def _follow(context: Context, pairing: Record) -> list[Record]:
    """Return the handover that this pairing follows, in state ``completed``, if an agreement is in force now."""
    former = pairing.hidden["follows"]
    if former is None or pairing.hidden["agreed"] is None:
        return []
    handover = context.reads.get(Key(pair_space(former), "handover", former))
    if handover is None or handover.data["state"] != "introduced" or has_ended(context, handover.space):
        return []
    return [in_state(handover, "completed")]


def whole(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return terms, completed from the standard text. ``not_kept`` (what cannot be kept secret) always stays."""
    standard = STANDARD[terms.get("locale", "en")]
    return {**standard, **terms, "not_kept": standard["not_kept"]}


def proposed(pairing: Record, name: str, terms: Mapping[str, Any], signed: Mapping[str, int]) -> tuple[Record, Record]:
    """Return a new proposed agreement, and the pairing that names it as its proposal; signed: {member: ms}."""
    version, sha256 = pairing.hidden["versions"] + 1, digest(terms)
    data = {"version": version, "terms": terms, "sha256": sha256, "state": "proposed", "signed": signed}
    author = next(iter(signed), "")
    hidden = {"versions": version, "proposal": name, "proposed": sha256}
    return (
        Record(name, "agreement", pairing.space, author, data),
        replace(pairing, hidden={**pairing.hidden, **hidden}),
    )


def proposal(context: Context, pairing: Record) -> Record | None:
    """Return the agreement that waits for signatures, or None."""
    return _named(context, pairing, pairing.hidden["proposal"])


def in_force(context: Context, pairing: Record) -> Record | None:
    """Return the agreement that both have signed, or None."""
    return _named(context, pairing, pairing.hidden["in_force"])


def signed(context: Context, pairing: Record, agreement: Record, member: str) -> tuple[list[Record], Record]:
    """Return what a signature changes: agreements, receipts, pairing. With both signatures, it is in force."""
    signatures = {**agreement.data["signed"], member: context.now}
    if set(signatures) != set(pairing.hidden["users"]):
        return [in_state(agreement, "proposed", signed=signatures)], pairing
    before = in_force(context, pairing)
    replaced = [in_state(before, "replaced")] if before else []
    settled = {
        "in_force": agreement.id,
        "agreed": agreement.data["sha256"],
        "proposal": None,
        "proposed": None,
        "withdrawn": False,
    }
    changed = [in_state(agreement, "in_force", signed=signatures), *replaced]
    pairing = replace(pairing, hidden={**pairing.hidden, **settled})
    if not receipt.shows_read(context.after(changed), pairing):
        changed += receipt.without_read(context, pairing)
    return changed, pairing


def _named(context: Context, pairing: Record, name: str | None) -> Record | None:
    return None if name is None else context.reads.get(Key(pairing.space, "agreement", name))
