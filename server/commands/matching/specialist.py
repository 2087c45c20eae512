"""Specialists as a programme manages them: certified, leaving, gone. On leaving, their pairings are handed over."""

from schemas.errors import Forbidden, NotFound, WrongState
from schemas.practice import (
    CertifySpecialist,
    DeactivateSpecialist,
    LeaveSpecialist,
    ReactivateSpecialist,
    ReleaseSpecialist,
    StaySpecialist,
)
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.matching import people
from server.commands.matching.offer import returned
from server.commands.matching.person import unwatched
from server.commands.matching.staff import looked_after
from server.commands.matching.supervision import certified
from server.commands.pairing.handover import announced, lost, taken_back
from server.commands.safety.alarm import released, unsupervised
from server.commands.states import with_data
from sync.record import Record, pair_space


@command("specialist.certify", CertifySpecialist)
def certify(context: Context, args: Args) -> list[Record]:
    """Say who supervises a specialist, and until when they may take people. An announced leave stays announced.

    The former supervisor keeps the records that they have, and gets no new ones.
    """
    user = looked_after(context, args["specialist"])
    former, supervisor = people.supervisor_of(context, user), None
    if args["supervisor"] is not None:
        supervisor = context.reads.person(args["supervisor"], "supervisor")
        if supervisor is None:
            raise NotFound("There is no such supervisor.", field="supervisor")
    credential = {"supervisor": supervisor, "until": args["until"], "minors_ok": args["minors_ok"]}
    records = certified(context, user, args["specialist"], credential)
    if former is not None and former != supervisor:
        records += unsupervised(context.after(records), former)
    return records


@command("specialist.release", ReleaseSpecialist, internal=True)
def release(context: Context, args: Args) -> list[Record]:
    """Remove a specialist's supervisor, who leaves. The specialist takes nobody new until they have another one."""
    credential = people.specialist(context, args["user"]).data.get("credential")
    if credential is None or credential["supervisor"] != args["supervisor"]:
        return []
    return certified(context, args["user"], "", {**credential, "supervisor": None})


@command("specialist.leave", LeaveSpecialist, exempt=True)
def leave(context: Context, args: Args) -> list[Record]:
    """Say that a specialist leaves on a day: they get no new people, and each of their pairings is handed over."""
    user = looked_after(context, args["specialist"]) if "specialist" in args else _myself(context)
    if args["until"] <= context.now:
        raise WrongState("Give a time that is still to come.", field="until", state="past")
    specialist = people.specialist(context, user)
    if specialist.data.get("leaving_at") not in {None, args["until"]}:
        raise WrongState(
            "This specialist leaves on another day, of which their peers know. Take it back first: `specialist.stay`.",
            field="until", state="leaving",
        )  # fmt: skip
    specialist = with_data(specialist, leaving_at=args["until"])
    pairings = _pairings(context, specialist)
    records, specialist = returned(context, specialist)
    for pairing in pairings:
        if pairing.hidden["handover"] is None:
            records += announced(context.after(records), pairing, args)
    return [*people.with_practice(context, specialist), *records]


@command("specialist.stay", StaySpecialist)
def stay(context: Context, args: Args) -> list[Record]:
    """Take back, with words for the peers, that a specialist leaves: the handovers that it began end.

    If the next person has been found already, that handover goes on, with its time to say goodbye.
    """
    user = looked_after(context, args["specialist"]) if "specialist" in args else _myself(context)
    specialist = people.specialist(context, user)
    leaving_at = specialist.data.get("leaving_at")
    records: list[Record] = []
    for pairing in _pairings(context, specialist) if leaving_at is not None else ():
        if pairing.hidden["handover"] == leaving_at:
            records += taken_back(context.after(records), pairing, args["words"])
    return [with_data(specialist, leaving_at=None), *records]


@command("specialist.reactivate", ReactivateSpecialist)
def reactivate(context: Context, args: Args) -> list[Record]:
    """Bring a specialist back into service. Their former pairings stay ended."""
    user = looked_after(context, args["specialist"])
    return [with_data(people.specialist(context, user), gone=False)]


@command("specialist.deactivate", DeactivateSpecialist, exempt=True)
def deactivate(context: Context, args: Args) -> list[Record]:
    """Take a specialist out of service. Refused while a pairing has no handover, unless the loss is sudden."""
    user = looked_after(context, args["specialist"])
    specialist = with_data(people.specialist(context, user), gone=True)
    pairings = _pairings(context, specialist)
    alone = [one for one in pairings if one.hidden["handover"] is None]
    if alone and not args["sudden"]:
        raise WrongState(
            "This specialist has pairings without a handover: use `specialist.leave` first, or send `sudden` as true.",
            field="specialist", state="paired", pairings=len(alone),
        )  # fmt: skip
    records, specialist = returned(context, specialist)
    now = context.after([specialist, *records])
    records += [*released(now, user), *unwatched(now, user)]
    if args["sudden"]:
        specialist = with_data(specialist, pairings={})
        for pairing in pairings:
            records += lost(context.after(records), pairing, args.get("stand_in"))
    return [*people.with_practice(context, specialist), *records]


def _pairings(context: Context, specialist: Record) -> list[Record]:
    found = (access.find_shared_space(context.reads, pair_space(name)) for name in specialist.data["pairings"])
    return [pairing for pairing in found if pairing is not None]


def _myself(context: Context) -> str:
    if context.caller.role != "specialist":
        raise Forbidden("Send `specialist`, the handle; only specialists may leave it out.", field="specialist")
    return context.caller.user
