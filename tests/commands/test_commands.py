"""Every command, decided on records in a dict: it does what it is for, and refuses whom and when it must."""

import ast
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.errors import Forbidden, NotFound, Problem, UnknownCommand
from schemas.message import REVISIONS
from server.commands.access import not_a_member, read_as_member
from server.commands.context import COMMANDS, Caller
from sync.clock import DAY
from sync.record import FAR, Record, peer_space
from tests.commands.arranged import Arranged, arranged, having, hiding
from tests.commands.dict_reads import decide
from tests.good import GOOD, UNLIKELY

COMMAND_FILES = Path(__file__).parent.parent.parent / "server" / "commands"
ROLES = ("peer", "specialist", "supervisor", "operator")


def refusal(ready: Arranged) -> str:
    """Return the code with which a command is refused, or ''."""
    try:
        ready.decided()
    except Problem as problem:
        return problem.code
    return ""


@pytest.mark.parametrize("name", GOOD)
def test_it_does_what_it_is_for(name):
    ready = arranged(name)
    assert refusal(ready) == UNLIKELY.get(name, "")
    if name not in UNLIKELY:
        assert all(isinstance(record, Record) for record in ready.decided())


@pytest.mark.parametrize("name", [name for name in GOOD if {"space", "pairing"} & COMMANDS[name].schema.fields.keys()])
def test_who_is_not_in_a_space_is_told_what_they_would_be_told_if_there_were_none(name):
    stranger = arranged(name).by("eve")
    nowhere = {"space": "pair:" + "a" * 26, "pairing": "a" * 26}
    field = "space" if "space" in stranger.args else "pairing"
    assert refusal(stranger) == refusal(stranger.asking(**{field: nowhere[field]})) != ""


def member(ready: Arranged, who: str) -> str:
    users = ready.the("pairing").hidden["users"]
    return next(one for one, user in users.items() if user == f"id-{who}")


def invited(name: str) -> Arranged:
    """Return a world in which sam has invited somebody else; the command is about that invitation."""
    ready = arranged(name).after("sam", "pairing.invite", "specialist")
    pairing = next(one for one in ready.reads.records.values() if one.kind == "pairing" and "code" in one.data)
    if name != "pairing.join":
        return ready.asking(space=pairing.space)
    return ready.asking(code=pairing.data["code"], agreement=pairing.hidden["proposed"])


def excluding(ready: Arranged) -> Arranged:
    data = {"facts": {}, "pairings": {}, "requests": [], "rematches": 0,
            "excluded": {"id-sam": {"why": "rematch", "until": None}}}  # fmt: skip
    kept = Record("id-eve", "peer", peer_space("id-eve"), "id-eve", data)
    return ready.but(reads=ready.reads.with_records([kept]))


def young(ready: Arranged) -> Arranged:
    profile = Record("me", "profile", "user:id-eve", "id-eve", {"age_band": "under_18"})
    return ready.but(reads=ready.reads.with_records([profile]))


UNCERTIFIED = having(credential={"supervisor": "id-sue", "until": 0})
MANY = {f"f{number}": {"topic": "sleep", "kind": "lived", "depth": 1, "tier": "paired"} for number in range(60)}
REFUSED: dict[str, tuple[str, Callable[[], Arranged]]] = {  # what is wrong: the code, and how it comes to be
    "a theme and a prompt to open together": (
        "bad_request", lambda: arranged("disclosure.invite").asking(prompt="some_prompt")),
    "a card that is sealed and not there": (
        "wrong_state", lambda: (one := arranged("disclosure.seal")).where(
            "disclosure", having(sealed=[member(one, "sam")]))),
    "a yes to a person who is gone": (
        "wrong_state", lambda: arranged("offer.accept").where("request", Record.tombstone)),
    "a yes to a person who is never to be met again": (
        "wrong_state", lambda: (one := arranged("offer.accept")).where(
            "peer", having(excluded={one.caller.user: {"why": "rematch", "until": None}}))),
    "a person who speaks as the system": ("forbidden", lambda: arranged("message.send").asking(origin="system")),
    "an answer to a message that is not there": ("not_found", lambda: arranged("message.send").asking(reply_to="x")),
    "a message that was edited too often": (
        "too_large", lambda: arranged("message.edit").where(
            "message", hiding(revisions=[{"text": "x", "at": "1-0"}] * REVISIONS))),
    "a promise by a day that there is not": (
        "bad_request", lambda: arranged("promise.make").asking(by="2026-02-30T10:00")),
    "a question with two texts": ("bad_request", lambda: arranged("question.ask").asking(prompt="some_prompt")),
    "a question that is in no library": (
        "bad_request", lambda: arranged("question.ask").asking("text", prompt="no_such")),
    "a talk that nobody began": ("not_found", lambda: arranged("session.extend").without("session")),
    "a step that is worded anew before it is chosen": (
        "wrong_state", lambda: arranged("step.change").asking("state").where("step", having(state="proposed"))),
    "a step that is taken back after it was chosen": (
        "wrong_state", lambda: (one := arranged("step.withdraw")).by("sam").where(
            "step", lambda step: replace(having(state="adopted")(step), author=member(one, "sam")))),
    "another's words that are taken back": ("forbidden", lambda: arranged("message.delete").by("sam")),
    "words to take back that are not there": ("not_found", lambda: arranged("repair.withdraw").asking(id="x")),
    "a question that is taken back by who was asked": ("forbidden", lambda: arranged("question.withdraw").by("sam")),
    "a question that is taken back after it was answered": (
        "wrong_state", lambda: arranged("question.withdraw").after("sam", "question.answer")),
    "another's strength": (
        "forbidden", lambda: arranged("strength.notice").after("sam", "strength.notice")),
    "a suggestion whose words are gone": ("wrong_state", lambda: arranged("suggestion.allow").without("card")),
    "a new fact of no kind": ("bad_request", lambda: arranged("fact.put").asking("kind", id="f99")),
    "too many facts": (
        "too_large", lambda: arranged("fact.put").asking(id="f99", tier="paired").where("peer", having(facts=MANY))),
    "an offer to somebody who may take nobody": (
        "wrong_state", lambda: arranged("offer.accept").where("specialist", UNCERTIFIED)),
    "an offer between two who are paired": (
        "wrong_state", lambda: (one := arranged("offer.accept")).where(
            "peer", having(pairings={"x": one.caller.user}))),
    "too many requests": (
        "wrong_state", lambda: arranged("request.open").where("peer", having(requests=["a", "b", "c"]))),
    "a must that is none": ("wrong_state", lambda: arranged("request.widen").asking(relax="gender")),
    "a request in no language": (
        "bad_request", lambda: arranged("request.open").asking(languages={}).without("profile")),
    "a specialist who goes before their people know": (
        "wrong_state", lambda: arranged("specialist.deactivate").asking(sudden=False)),
    "nobody named who leaves": ("forbidden", lambda: arranged("specialist.leave").asking("specialist")),
    "an agreement that has changed": (
        "conflict", lambda: arranged("agreement.sign").after("sam", "agreement.propose", id="v9").asking(
            sha256="0" * 64)),
    "a handover that the specialist refuses": (
        "forbidden", lambda: arranged("handover.refuse").after("sam", "handover.announce").by("sam")),
    "an invitation between two who are paired": ("wrong_state", lambda: invited("pairing.join").by("ann")),
    "a peer who invites": ("forbidden", lambda: arranged("pairing.invite").asking("specialist").by("ann")),
    "an invitation by somebody one is not to meet": (
        "wrong_state", lambda: excluding(invited("pairing.join").by("eve"))),
    "an invitation for somebody too young": ("wrong_state", lambda: young(invited("pairing.join").by("eve"))),
    "an invitation that is too old": ("wrong_state", lambda: invited("pairing.join").by("eve").later(30 * DAY)),
    "one's own invitation": (
        "forbidden", lambda: invited("pairing.join").but(caller=Caller("id-sam", "phone-of-sam", "peer"))),
    "another agreement than the one that is proposed": (
        "conflict", lambda: invited("pairing.join").by("eve").asking(agreement="0" * 64)),
    "nobody to block": ("wrong_state", lambda: invited("block.set").by("sam")),
    "a check-in that is sealed and is not": ("bad_request", lambda: arranged("checkin.put").asking(sealed="x")),
    "a check-in too early": (
        "wrong_state", lambda: (one := arranged("checkin.put")).after(
            "ann", "checkin.put", pairing=one.args["pairing"]).asking(id="k9")),
    "a supervisor who is not there": (
        "wrong_state", lambda: arranged("debrief.ask").where("specialist", having(credential=None))),
    "a debrief answered by who asked": (
        "forbidden", lambda: (one := arranged("debrief.answer")).by("ann").asking(id=one.of("id-ann", "debrief").id)),
    "somebody on call in no time zone": (
        "bad_request", lambda: arranged("watch.edit").asking(hours={"zone": "Europe/Nowhere"})),
    "the id of an SOS that is over": (
        "id_taken", lambda: arranged("sos.raise").after("ann", "sos.raise").after("ann", "sos.close")),
    "a space that one has blocked": (
        "not_found", lambda: arranged("position.read").after("ann", "block.set", "report")),
    "a leaving on another day": (
        "wrong_state", lambda: arranged("specialist.leave").where("specialist", having(leaving_at=1))),
    "a debrief that was handed over": (
        "wrong_state", lambda: arranged("debrief.answer").where("debrief", having(state="handed_over"))),
    "a debrief handed over by who asked": (
        "forbidden", lambda: (one := arranged("debrief.hand_over")).by("ann").asking(
            id=one.of("id-ann", "debrief").id)),
    "a sanction of nobody": (
        "wrong_state", lambda: arranged("report.close").where("case", hiding(about=None))),
    "a request of somebody who is suspended": (
        "suspended", lambda: arranged("request.open").where("peer", having(suspended_until=FAR))),
    "an appeal against what was taken back": (
        "wrong_state", lambda: arranged("sanction.appeal").where("sanction", having(state="lifted"))),
    "an appeal that nobody filed": (
        "wrong_state", lambda: arranged("sanction.decide").where("sanction", having(appeal=None))),
    "a report about oneself": (
        "forbidden", lambda: (one := arranged("report.take")).where("case", hiding(about=one.caller.user))),
    "a sanction that somebody appeals against": (
        "wrong_state", lambda: arranged("sanction.lift").where("sanction", having(appeal="filed"))),
    "a sanction that is over": (
        "wrong_state", lambda: arranged("sanction.lift").where("sanction", having(state="over"))),
    "a sanction of somebody who is not there": (
        "not_found", lambda: arranged("sanction.lift").asking(id="x")),
    "something that is not due yet": (
        "try_later", lambda: arranged("disclosure.turn").after("ann", "disclosure.invite")),
}  # fmt: skip


@pytest.mark.parametrize("wrong", REFUSED)
def test_it_refuses(wrong):
    code, arrange = REFUSED[wrong]
    assert refusal(arrange()) == code


def test_a_peer_who_invites_is_told_what_to_send():
    with pytest.raises(Forbidden) as refused:
        arranged("pairing.invite").asking("specialist").by("ann").decided()
    message = "Send `specialist`, the handle of the person to invite for; only specialists may leave it out."
    assert (refused.value.message, refused.value.details) == (message, {"field": "specialist"})


def test_what_there_is_not_is_not_done():
    ready = arranged("note.put")
    with pytest.raises(UnknownCommand):
        decide(ready.reads, ready.caller, ready.now, "note.burn", {})


@pytest.mark.parametrize("answers", [[False], [True, False]])
def test_what_is_read_while_somebody_loses_a_space_is_not_told(answers):
    with pytest.raises(NotFound) as refused:
        read_as_member(lambda: answers.pop(0), "pair:x", lambda: "words")
    assert refused.value.body() == not_a_member("pair:x").body()


SPOILT = ("x", "next.1", "beside.1", 1, [], ["x"])
STATES = ("ended", "paused", "invited", "closed", "expired", "answered", "open", "over")


def variants(ready: Arranged) -> list[Arranged]:
    """Return a command asked in ways in which it may have to be refused."""
    some = [ready, ready.later(400 * DAY), *map(ready.by, ready.people)]
    some += [ready.but(caller=Caller(ready.caller.user, ready.caller.device, role)) for role in ROLES]
    some += [ready.asking(**{name: value}) for name in ready.args for value in SPOILT]
    kinds = {record.kind for record in ready.reads.records.values() if "state" in record.data}
    some += [ready.where(kind, having(state=state)) for kind in kinds for state in STATES]
    if refusal(ready) == "":
        some.append(ready.but(reads=ready.reads.with_records(ready.decided())))
    gone = [record.tombstone() for record in ready.reads.records.values() if record.kind in {"message", "note", "fact"}]
    return [*some, ready.but(reads=ready.reads.with_records(gone))]


def test_every_refusal_in_the_code_is_met_by_these_tests():
    """Each `raise` of the commands is reached: one that is added needs a case above."""
    raises = {
        (str(path), node.lineno)
        for path in COMMAND_FILES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Raise)
    }
    files, met = {path for path, _ in raises}, set()

    def trace(frame, event, _):
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            met.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    worlds = [one for name in GOOD for one in variants(arranged(name))] + [arrange() for _, arrange in REFUSED.values()]
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for ready in worlds:
            refusal(ready)
        for answers in ([False], [True, False]):
            test_what_is_read_while_somebody_loses_a_space_is_not_told(answers)
        test_what_there_is_not_is_not_done()
    finally:
        sys.settrace(before)
    assert len(raises) > 100
    left = sorted(f"{Path(file).relative_to(COMMAND_FILES)}:{line}" for file, line in raises - met)
    assert not left, " ".join(left)
