"""Agreements: proposed, signed, amended and withdrawn from. Nothing is written before both have signed the same."""

from schemas.agreement import DeclineAgreement, ProposeAgreement, SignAgreement, WithdrawAgreement
from schemas.errors import Conflict, IdTaken, WrongState
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.pairing import agreements
from server.commands.pairing.pairs import has_ended, require_live, restated
from server.commands.states import in_state
from sync.record import Key, Record, pair_space


@command("agreement.propose", ProposeAgreement)
def propose(context: Context, args: Args) -> list[Record]:
    """Propose what to agree on, or a change of it. What holds now holds until both have signed the new one."""
    pairing = _going_on(context, args["space"])
    if context.reads.get(Key(pairing.space, "agreement", args["id"])) is not None:
        raise IdTaken("Another agreement has this id.", field="id", id=args["id"])
    before = agreements.proposal(context, pairing)
    replaced = [in_state(before, "replaced")] if before else []
    signed = {access.member(context, pairing.space): context.now}
    agreement, pairing = agreements.proposed(pairing, args["id"], agreements.whole(args["terms"]), signed)
    return [restated(pairing), agreement, *replaced]


@command("agreement.sign", SignAgreement)
def sign(context: Context, args: Args) -> list[Record]:
    """Sign the agreement that was shown to me. Signing twice is the same as once."""
    pairing = _going_on(context, args["space"])
    agreement = agreements.proposal(context, pairing)
    if pairing.hidden["agreed"] == args["sha256"] != pairing.hidden["proposed"]:
        return [pairing]
    agreement = _shown(pairing, agreement, args["sha256"])
    changed, pairing = agreements.signed(context, pairing, agreement, access.member(context, pairing.space))
    return [restated(pairing), *changed, *_follow(context, pairing)]


@command("agreement.decline", DeclineAgreement)
def decline(context: Context, args: Args) -> list[Record]:
    """Say no to what is proposed. What held before holds on."""
    pairing = _going_on(context, args["space"])
    agreement = _shown(pairing, agreements.proposal(context, pairing), args["sha256"])
    return [restated(pairing, proposal=None, proposed=None), in_state(agreement, "declined")]


@command("agreement.withdraw", WithdrawAgreement)
def withdraw(context: Context, args: Args) -> list[Record]:
    """Withdraw from the agreement: the pairing pauses until both have signed another one. Nothing is deleted."""
    pairing = _going_on(context, args["space"])
    agreement = agreements.in_force(context, pairing)
    if agreement is None:
        raise WrongState("There is no agreement to withdraw from.", field="space", state=pairing.data["state"])
    return [restated(pairing, in_force=None, agreed=None, withdrawn=True), in_state(agreement, "withdrawn")]


def _going_on(context: Context, space: str) -> Record:
    """Return the pairing of a space of the caller's; raises NotFound, or WrongState if it does not go on."""
    pairing = access.shared_space(context, space)
    require_live(pairing)
    return pairing


def _shown(pairing: Record, agreement: Record | None, sha256: str) -> Record:
    """Return the agreement that waits for signatures; raises Conflict if another one was shown.

    The answer names it; its text is in the record, which every phone of the two is sent.
    """
    if agreement is None:
        raise WrongState("Nothing is proposed.", field="sha256", state=pairing.data["state"])
    if agreement.data["sha256"] != sha256:
        raise Conflict(
            "The agreement has changed; read it again.",
            field="sha256",
            sha256=agreement.data["sha256"],
            agreement=agreement.id,
        )
    return agreement


def _follow(context: Context, pairing: Record) -> list[Record]:
    """Return the handover that is complete once the new pairing has its agreement."""
    former = pairing.hidden["follows"]
    if former is None or pairing.hidden["agreed"] is None:
        return []
    handover = context.reads.get(Key(pair_space(former), "handover", former))
    if handover is None or handover.data["state"] != "introduced" or has_ended(context, handover.space):
        return []
    return [in_state(handover, "completed")]
