"""Debriefs and escalations: a supervisor reads what was shared and nothing else; what a person decided stays said."""

import json

import pytest

from server.commands.context import COMMANDS, SYSTEM
from sync.clock import HOUR
from tests.good import GOOD
from tests.matched import listening
from tests.trust.scene import WM, Sky, asking, pushed, reachable, rows, send

ESCALATIONS = "/api/v1/operator/escalations"
STAFF = ["/api/v1/operator/" + name for name in ("queue", "load", "leaving", "orphans", "reports", "escalations")]
ASKED = {"id": "b1", "words": "May I ask you something?", "messages": ["s1"]}
SAID = {
    "id": "e1", "ground": "danger_to_self", "to": "Sue", "told": "That I worry.", "messages": ["a1"],
    "consent": False, "decided_by": "Sam Miller",
}  # fmt: skip
HIDDEN = {"why_not": "It would put somebody in danger."}


@pytest.fixture
def staff(world, sam):
    """Return {name: phone}: sue supervises sam, rita supervises tina, olga is an operator."""
    people = {name: world.phone(world.person(name, "supervisor")) for name in ("sue", "rita")}
    people |= {
        "olga": world.phone(world.person("olga", "operator")),
        "tina": world.phone(world.person("tina", "specialist")),
    }
    listening(world, sam, people["olga"])
    listening(world, people["tina"], people["olga"])
    until = world.time + 90 * 24 * HOUR
    assert people["olga"].do("specialist.certify", specialist="tina", supervisor="rita", until=until)["ok"]
    return people


@pytest.fixture
def talk(staff, sam, ann, pair):
    for phone, name, text in (
        (sam, "s0", "CANARY of sam"),
        (sam, "s1", "first"),
        (ann, "a0", "CANARY of ann"),
        (ann, "a1", "I cannot go on"),
    ):
        assert send(phone, pair, name, text)["ok"]
    assert sam.do("message.edit", space=pair, id="s1", text="shared")["ok"]
    return pair


def everything(world, phone, space):
    """Return all that somebody is told, whatever they ask for."""
    ask = asking(world, phone)
    phone.sync()
    told = [ask(path) for path in (WM, "/api/v1/spaces", *STAFF)] + list(phone.replica.values())
    told += [ask(f"/api/v1/spaces/{space}/{end}").replace(f'"space":"{space}"', "") for end in ("history", "path")]
    told += [rows(ask, kind) for kind in ("message", "debrief", "escalation", "report", "call", "pairing")]
    return json.dumps(told)


# Debriefs


@pytest.mark.parametrize(("by", "role"), [("sam", "specialist"), ("ann", "peer")])
def test_a_supervisor_reads_what_was_shared_and_nothing_else(world, staff, sam, ann, talk, by, role):
    sue, air = staff["sue"], Sky(world, list(staff.values()))
    who = {"sam": sam, "ann": ann}[by]
    assert who.do("debrief.ask", space=talk, **ASKED)["ok"]
    sue.sync()
    [debrief] = sue.records("debrief")
    assert (debrief["data"]["by"], debrief["data"]["where"], debrief["data"]["words"]) == (role, None, ASKED["words"])
    [message] = debrief["data"]["messages"]
    assert (message["id"], message["by"], message["text"]) == ("s1", "specialist", "shared")
    told = everything(world, sue, talk) + json.dumps([frame for _, frame in air.frames])
    assert "shared" in told
    assert [word for word in ("CANARY", talk, talk[5:], "id-ann", "id-sam") if word in told] == []
    for other in ("rita", "tina", "olga"):
        assert staff[other].records("debrief") == []
        assert ASKED["words"] not in everything(world, staff[other], talk)


def test_without_a_message_selected_none_is_shown(world, staff, sam, talk):
    assert sam.do("debrief.ask", space=talk, id="b1", words="Can we talk?")["ok"]
    staff["sue"].sync()
    assert [one["data"]["messages"] for one in staff["sue"].records("debrief")] == [[]]
    assert "shared" not in everything(world, staff["sue"], talk)


@pytest.mark.parametrize("by", ["sam", "ann"])
def test_the_other_of_the_two_learns_nothing_of_a_debrief(world, staff, sam, ann, talk, by):
    who, other = (sam, ann) if by == "sam" else (ann, sam)
    reachable(world, other)
    other.sync(), pushed(world, other)
    before, air = dict(other.replica), Sky(world, [other])
    assert who.do("debrief.ask", space=talk, **ASKED)["ok"]
    staff["sue"].sync()
    [debrief] = staff["sue"].records("debrief")
    for name, args in (("answer", {"words": "Yes."}), ("close", {})):
        assert staff["sue"].do(f"debrief.{name}", id=debrief["id"], **args)["ok"]
    other.sync()
    assert (other.replica, air.frames, pushed(world, other)) == (before, [], [])


def test_the_supervisor_answers_and_when_it_is_settled_keeps_nothing_of_what_was_shown(staff, sam, talk):
    sue = staff["sue"]
    sam.do("debrief.ask", space=talk, **ASKED), sue.sync()
    [debrief] = sue.records("debrief")
    assert sam.do("debrief.answer", id="b1", words="I answer myself")["error"]["code"] == "forbidden"
    assert staff["rita"].do("debrief.answer", id=debrief["id"], words="x")["error"]["code"] == "not_found"
    assert sue.do("debrief.answer", id=debrief["id"], words="Tell me more.")["ok"]
    sam.sync()
    assert [(one["data"]["state"], one["data"]["answer"]) for one in sam.records("debrief")] == [
        ("answered", "Tell me more.")
    ]
    assert sam.do("debrief.close", id="b1")["ok"]
    sue.sync()
    [after] = sue.records("debrief")
    assert (after["data"]["state"], after["data"]["messages"]) == ("closed", [])
    assert sue.do("debrief.answer", id=debrief["id"], words="late")["error"]["details"]["state"] == "closed"


def test_where_nobody_supervises_that_is_said(world, sam, pair):
    world.certify("sam", None)
    refused = sam.do("debrief.ask", space=pair, id="b1", words="Can we talk?")
    assert refused["error"]["details"]["state"] == "unsupervised"


# Escalations


def test_it_says_who_decided_what_was_told_to_whom_and_whether_they_agreed(staff, sam, talk):
    for missing in ("decided_by", "ground", "to", "told", "consent"):
        args = {name: value for name, value in SAID.items() if name != missing}
        assert sam.do("escalation.record", space=talk, **args)["error"]["details"]["field"] == f"args.{missing}"


def test_not_to_tell_somebody_is_decided_by_a_named_person_too(staff, sam, talk):
    for nobody in ("", " ", None):
        outcome = sam.do("escalation.record", space=talk, **{**SAID, **HIDDEN, "decided_by": nobody})
        assert outcome["error"]["details"]["field"] == "args.decided_by"
    assert sam.do("escalation.record", space=talk, **SAID, why_not="")["error"]["details"]["field"] == "args.why_not"


def test_software_records_none(world, sam, ann, staff, talk):
    """Neither Beside itself, nor the peer, nor anybody who looks after the two: only their specialist writes it."""
    for phone in (ann, *staff.values()):
        assert phone.do("escalation.record", space=talk, **SAID)["error"]["code"] in {"forbidden", "not_found"}
    beside = world.phone(SYSTEM)
    assert beside.do("escalation.record", space=talk, **SAID)["error"]["code"] in {"forbidden", "not_found"}
    world.wait(30 * 24 * HOUR)
    world.parts.scheduler.run()
    assert world.mongo.records.count_documents({"kind": "escalation"}) == 0
    assert not any(COMMANDS[name].internal for name in COMMANDS if name.startswith("escalation."))


def test_the_peer_reads_it_as_it_was_written(staff, sam, ann, talk):
    assert sam.do("escalation.record", space=talk, **SAID)["ok"]
    ann.sync()
    [told] = ann.records("escalation", talk)
    assert {name: told["data"][name] for name in SAID if name != "id"} == {
        name: value for name, value in SAID.items() if name != "id"
    }
    assert told["author"] == sam.spaces()[talk]


def test_unless_it_says_why_not(world, staff, sam, ann, talk):
    reachable(world, ann)
    ann.sync(), pushed(world, ann)
    before, air = dict(ann.replica), Sky(world, [ann])
    assert sam.do("escalation.record", space=talk, **SAID, **HIDDEN)["ok"]
    ann.sync()
    assert (ann.replica, air.frames, pushed(world, ann)) == (before, [], [])
    assert SAID["told"] not in everything(world, ann, talk)
    assert ann.do("escalation.tell", space=talk, id="e1")["error"]["code"] == "not_found"
    assert sam.do("escalation.tell", space=talk, id="e1")["ok"]
    ann.sync()
    [told] = ann.records("escalation", talk)
    assert (told["data"]["why_not"], told["data"]["told_at"]) == (HIDDEN["why_not"], world.time)


def test_who_agreed_to_it_cannot_be_kept_from_it(staff, sam, talk):
    outcome = sam.do("escalation.record", space=talk, **{**SAID, "consent": True}, **HIDDEN)
    assert outcome["error"]["code"] == "bad_request"


@pytest.mark.parametrize("hidden", [{}, HIDDEN])
def test_it_can_never_be_changed(world, staff, sam, ann, talk, hidden):
    """By no command, no row of a client database, and not by recording it again."""
    assert sam.do("escalation.record", space=talk, **SAID, **hidden)["ok"]
    [before] = list(world.mongo.records.find({"kind": "escalation"}))
    again = sam.do("escalation.record", space=talk, **{**SAID, "told": "Something else"})
    assert again["error"]["code"] == "id_taken"
    ask = asking(world, sam)
    row = next(iter(rows(ask, "escalation")["documents"]), None)
    for change in ({"told": "Something else"}, {"why_not": None}, {"_deleted": True}):
        if row is not None:
            ask(
                "/api/v1/adapters/rxdb/escalation/push",
                json=[{"newDocumentState": row | change, "assumedMasterState": row}],
            )
    for phone in (sam, ann):
        for name in GOOD.keys() - {"escalation.tell", "specialist.deactivate", "specialist.leave", "block.set"}:
            fields = COMMANDS[name].schema.fields
            phone.do(
                name,
                **GOOD[name] | {"id": "e1"} if "id" in fields else GOOD[name],
                **{"space": talk} if "space" in fields else {},
            )
    assert world.mongo.records.find_one({"_id": before["_id"]}) == before


def test_supervisors_see_the_escalations_of_those_they_look_after(world, staff, sam, talk):
    assert sam.do("escalation.record", space=talk, **SAID)["ok"]
    world.wait(1000)
    assert sam.do("escalation.record", space=talk, **{**SAID, "id": "e2"}, **HIDDEN)["ok"]
    seen = {name: json.loads(asking(world, staff[name])(ESCALATIONS)) for name in staff}
    assert [row["why_not"] for row in seen["sue"]["escalations"]] == [HIDDEN["why_not"], None]
    assert seen["olga"]["escalations"] == seen["sue"]["escalations"]
    assert seen["rita"]["escalations"] == []
    assert seen["tina"]["error"]["code"] == "forbidden"
    [row, _] = seen["sue"]["escalations"]
    assert row.keys() == {"specialist", "ground", "to", "told", "consent", "decided_by", "why_not", "at", "told_at"}
    assert "I cannot go on" not in everything(world, staff["sue"], talk), "not even the messages that others were shown"


def test_told_later_it_is_one_escalation_still(world, staff, sam, talk):
    assert sam.do("escalation.record", space=talk, **SAID, **HIDDEN)["ok"]
    assert sam.do("escalation.tell", space=talk, id="e1")["ok"]
    [row] = json.loads(asking(world, staff["sue"])(ESCALATIONS))["escalations"]
    assert row["told_at"] == world.time
    assert world.mongo.records.count_documents({"live": "escalation"}) == 1
    world.wait(1000)
    assert sam.do("escalation.tell", space=talk, id="e1")["ok"]
    assert json.loads(asking(world, staff["sue"])(ESCALATIONS))["escalations"] == [row]


def test_it_stays_when_the_pairing_ends(world, staff, sam, ann, talk):
    assert sam.do("escalation.record", space=talk, **SAID)["ok"]
    assert ann.do("pairing.rematch", pairing=talk[5:])["ok"]
    assert len(json.loads(asking(world, staff["sue"])(ESCALATIONS))["escalations"]) == 1
    ann.sync()
    assert [one["data"]["told"] for one in ann.records("escalation")] == [SAID["told"]]


def test_a_supervisor_reads_what_is_there_and_not_what_was_edited_away(world, sam, ann, pair, staff):
    assert send(ann, pair, "e1", "my street and number")["ok"]
    assert ann.do("message.edit", space=pair, id="e1", text="near the river")["ok"]
    assert sam.do("debrief.ask", space=pair, id="d9", words="?", messages=["e1"])["ok"]
    staff["sue"].sync()
    assert "near the river" in str(staff["sue"].records("debrief"))
    assert "my street" not in str(staff["sue"].records("debrief"))


def test_many_long_debriefs_come_in_pages_that_a_phone_can_take(world, sam, ann, pair, staff):
    staff["sue"].sync()
    for number in range(50):
        assert send(ann, pair, f"l{number}", "x" * 10_000)["ok"]
    for number in range(20):
        names = [f"l{number}" for number in range(50)]
        assert sam.do("debrief.ask", space=pair, id=f"d{number}", words="?", messages=names)["ok"]
    page = staff["sue"].transport.call("pull", {"cursor": staff["sue"].cursor, "limit": 500})
    assert page["more"]
    assert len(json.dumps(page)) < 2_000_000
    staff["sue"].sync()
    assert len(staff["sue"].records("debrief")) == 20


def test_a_specialist_who_has_blocked_can_still_write_down_what_was_told_to_others(world, sam, ann, pair):
    assert sam.do("block.set", space=pair)["ok"]
    escalation = {**GOOD["escalation.record"], "messages": []}
    assert sam.do("escalation.record", space=pair, **escalation)["ok"]
    assert sam.do("escalation.tell", space=pair, id=escalation["id"])["ok"]
