"""Supervision has an owner: who may say what becomes of a specialist, and from when on a supervisor reads anything."""

import json
from dataclasses import replace

import pytest

from server.store.accounts import AccountStore
from sync.clock import DAY, HOUR
from tests.http_app import App
from tests.lifecycle.matching_fixture import no, ok
from tests.matched import listening
from tests.sealed import stored
from tests.trust.scene import ALWAYS, Sky, asking, pushed, reachable, rows, send

ESCALATIONS = "/api/v1/operator/escalations"
ORPHANS = "/api/v1/operator/orphans"
SAID = {"ground": "danger_to_self", "to": "Sue", "told": "That I worry.", "consent": False, "decided_by": "Sam Miller"}
ACTIONS = {
    "specialist.certify": {"supervisor": "rita", "until": 2**45, "minors_ok": True},
    "specialist.leave": {"until": 2**45},
    "specialist.deactivate": {"sudden": True},
    "pairing.invite": {"name": "Sam"},
}


@pytest.fixture
def staff(world, sam):
    """Return {name: phone}: sue supervises sam, rita supervises nobody yet, olga is an operator."""
    people = {name: world.phone(world.person(name, "supervisor")) for name in ("sue", "rita")}
    people["olga"] = world.phone(world.person("olga", "operator"))
    listening(world, sam, people["olga"])
    return people


def certify(phone, supervisor, specialist="sam"):
    until = phone.now() + 90 * DAY
    return phone.do("specialist.certify", specialist=specialist, supervisor=supervisor, until=int(until))


def everything(world):
    return list(world.mongo.records.find({}).sort("_id", 1))


def escalations(world, phone):
    return json.loads(asking(world, phone)(ESCALATIONS))["escalations"]


# Who may say what becomes of a specialist


@pytest.mark.parametrize("name", ACTIONS)
def test_no_other_supervisor_says_what_becomes_of_a_specialist(world, staff, sam, ann, pair, name):
    before = everything(world)
    refused = staff["rita"].do(name, specialist="sam", **ACTIONS[name])["error"]
    assert (refused["code"], refused["details"]["field"]) == ("forbidden", "specialist")
    for handle in ("nobody", "ann", "sue"):
        assert staff["rita"].do(name, specialist=handle, **ACTIONS[name])["error"] == refused, "it tells who there is"
    assert everything(world) == before


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("who", ["sue", "olga"])
def test_their_own_supervisor_and_operators_do(staff, sam, name, who):
    ok(staff[who].do(name, specialist="SAM", **ACTIONS[name]))


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("how", ["never", "no more", "account deleted"])
def test_who_has_no_supervisor_is_the_operators_to_give(world, staff, sam, name, how):
    """Not the first supervisor's to take: a specialist whose supervisor goes would belong to whoever is fastest."""
    if how == "never":
        world.person("new", "specialist")
    elif how == "no more":
        ok(certify(staff["olga"], None))
    else:
        world.parts.accounts.deletion.leave(staff["sue"].transport.caller)
    handle = "new" if how == "never" else "sam"
    assert no(staff["rita"].do(name, specialist=handle, **ACTIONS[name]))[0] == "forbidden"
    ok(certify(staff["olga"], "rita", handle))
    ok(staff["rita"].do(name, specialist=handle, **ACTIONS[name]))


def test_who_has_handed_a_specialist_on_has_no_say_any_more(staff, sam):
    ok(certify(staff["sue"], "rita"))
    for name, args in ACTIONS.items():
        assert no(staff["sue"].do(name, specialist="sam", **args))[0] == "forbidden"
    ok(certify(staff["rita"], "rita"))


@pytest.mark.parametrize("name", ["specialist.certify", "specialist.deactivate"])
def test_nobody_says_it_of_themselves(staff, sam, name):
    assert no(sam.do(name, specialist="sam", **ACTIONS[name]))[0] == "forbidden"


# What a supervisor reads


@pytest.fixture
def handed(world, staff, sam, ann, pair):
    """Return a space in which something was told while sue supervised, before rita did."""
    send(ann, pair, "m1", "BEFORE")
    ok(sam.do("debrief.ask", space=pair, id="d1", words="BEFORE sam", messages=["m1"]))
    ok(ann.do("debrief.ask", space=pair, id="d2", words="BEFORE ann", messages=["m1"]))
    ok(sam.do("escalation.record", space=pair, id="e1", **{**SAID, "told": "BEFORE e1"}, messages=["m1"]))
    hidden = {"told": "BEFORE e2", "why_not": "BEFORE why"}
    ok(sam.do("escalation.record", space=pair, id="e2", **{**SAID, **hidden}, messages=[]))
    world.wait(HOUR)
    ok(certify(staff["olga"], "rita"))
    return pair


def all_that_is_told(world, phone):
    ask = asking(world, phone)
    phone.sync()
    paths = [f"/api/v1/operator/{name}" for name in ("queue", "load", "leaving", "orphans", "escalations")]
    told = [ask(path) for path in paths] + [rows(ask, kind) for kind in ("debrief", "escalation", "message", "call")]
    return json.dumps([*told, list(phone.replica.values()), ask("/api/v1/adapters/watermelondb/sync")])


def test_who_supervises_now_reads_nothing_of_what_was_before(world, staff, sam, ann, handed):
    rita, air = staff["rita"], Sky(world, list(staff.values()))
    reachable(world, rita)
    world.wait(HOUR)
    pushed(world, rita)
    ok(sam.do("escalation.tell", space=handed, id="e2"))
    ok(ann.do("message.edit", space=handed, id="m1", text="BEFORE, edited"))
    staff["sue"].sync()
    for debrief in staff["sue"].records("debrief"):
        ok(staff["sue"].do("debrief.answer", id=debrief["id"], words="BEFORE answer"))
        for name, args in (("answer", {"words": "x"}), ("close", {})):
            assert no(rita.do(f"debrief.{name}", id=debrief["id"], **args))[0] == "not_found"
    ok(sam.do("debrief.close", id="d1"))
    assert "BEFORE" not in all_that_is_told(world, rita)
    assert [frame for phone, frame in air.frames if phone is rita] == []
    assert pushed(world, rita) == []
    assert "BEFORE" in all_that_is_told(world, staff["sue"]), "the test could fail"


def test_and_everything_that_is_told_from_then_on(world, staff, sam, ann, handed):
    send(ann, handed, "m2", "AFTER")
    ok(sam.do("debrief.ask", space=handed, id="d3", words="AFTER sam", messages=["m2"]))
    ok(ann.do("debrief.ask", space=handed, id="d4", words="AFTER ann", messages=[]))
    ok(sam.do("escalation.record", space=handed, id="e3", **{**SAID, "told": "AFTER e3"}, messages=[]))
    staff["rita"].sync(), staff["sue"].sync()
    assert sorted(one["data"]["words"] for one in staff["rita"].records("debrief")) == ["AFTER ann", "AFTER sam"]
    assert [row["told"] for row in escalations(world, staff["rita"])] == ["AFTER e3"]
    assert "AFTER" not in all_that_is_told(world, staff["sue"])
    assert len(escalations(world, staff["olga"])) == 3


def test_who_supervised_before_keeps_what_they_had_and_learns_nothing_new(world, staff, sam, handed):
    before = escalations(world, staff["sue"])
    assert sorted(row["told"] for row in before) == ["BEFORE e1", "BEFORE e2"]
    ok(sam.do("escalation.tell", space=handed, id="e2"))
    assert escalations(world, staff["sue"]) == before, "not even that it was told meanwhile"
    assert all(row["told_at"] for row in escalations(world, staff["olga"]))


def test_who_comes_back_reads_nothing_of_the_time_between(world, staff, sam, handed):
    ok(sam.do("escalation.record", space=handed, id="e3", **{**SAID, "told": "BETWEEN"}, messages=[]))
    ok(sam.do("debrief.ask", space=handed, id="d3", words="BETWEEN", messages=[]))
    ok(certify(staff["rita"], "sue"))
    assert "BETWEEN" not in all_that_is_told(world, staff["sue"])
    ok(sam.do("escalation.record", space=handed, id="e4", **{**SAID, "told": "AGAIN"}, messages=[]))
    assert sorted(row["told"] for row in escalations(world, staff["sue"])) == ["AGAIN", "BEFORE e1", "BEFORE e2"]


def test_what_is_told_while_nobody_supervises_is_read_by_operators_alone(world, staff, sam, handed):
    ok(certify(staff["olga"], None))
    ok(sam.do("escalation.record", space=handed, id="e3", **{**SAID, "told": "NOBODY"}, messages=[]))
    assert no(sam.do("debrief.ask", space=handed, id="d3", words="?", messages=[])) == ("wrong_state", "unsupervised")
    ok(certify(staff["olga"], "rita"))
    assert escalations(world, staff["rita"]) == []
    assert "NOBODY" in [row["told"] for row in escalations(world, staff["olga"])]


def supervision(phone):
    phone.sync()
    return [
        (one["data"]["specialist"], one["data"]["state"], one["data"]["past"]) for one in phone.records("supervision")
    ]


def test_a_handover_of_supervision_is_seen_by_both_supervisors_and_the_specialist(world, staff, sam, handed):
    assert supervision(staff["sue"]) == [("sam", "ended", False)]
    assert supervision(staff["rita"]) == [("sam", "ongoing", False)]
    sam.sync()
    [credential] = sam.records("credential")
    assert credential["data"]["supervised_since"] == world.time
    world.wait(HOUR)
    ok(certify(staff["rita"], "rita"))
    sam.sync()
    assert sam.records("credential")[0]["data"]["supervised_since"] == world.time - HOUR, "a renewal begins nothing"


def test_the_past_is_read_by_who_supervises_now_only_if_the_earlier_one_hands_it_over(world, staff, sam, handed):
    ok(sam.do("escalation.record", space=handed, id="e3", **{**SAID, "told": "AFTER"}, messages=[]))
    [mine] = staff["sue"].records("supervision") or (staff["sue"].sync(), staff["sue"].records("supervision"))[1]
    assert no(staff["rita"].do("supervision.share_past", id=mine["id"]))[0] == "not_found"
    for _ in range(2):
        ok(staff["sue"].do("supervision.share_past", id=mine["id"]))
    told = [row["told"] for row in escalations(world, staff["rita"])]
    assert sorted(told) == ["AFTER", "BEFORE e1", "BEFORE e2"]
    assert (supervision(staff["sue"]), supervision(staff["rita"])) == (
        [("sam", "ended", True)], [("sam", "ongoing", True)],
    )  # fmt: skip
    assert "AFTER" not in all_that_is_told(world, staff["sue"])
    ok(certify(staff["rita"], None))
    assert [row["told"] for row in escalations(world, staff["rita"])] == ["AFTER"], "it was for who supervises"


def test_the_past_is_handed_over_to_each_who_comes_after(world, staff, sam, handed):
    uli = world.phone(world.person("uli", "supervisor"))
    [mine] = (staff["sue"].sync(), staff["sue"].records("supervision"))[1]
    ok(staff["sue"].do("supervision.share_past", id=mine["id"]))
    ok(certify(staff["rita"], "uli"))
    assert escalations(world, uli) == []
    ok(staff["sue"].do("supervision.share_past", id=mine["id"]))
    assert len(escalations(world, uli)) == 2


def test_an_app_with_rows_hands_over_by_setting_past(world, staff, sam, handed):
    [mine] = (staff["sue"].sync(), staff["sue"].records("supervision"))[1]
    app = App(world, staff["sue"])
    at = app.answer("adapters/watermelondb/sync").get_json()["timestamp"]
    rows = {"supervision": {"created": [], "updated": [{"id": mine["id"], "past": True}], "deleted": []}}
    assert app.answer(f"adapters/watermelondb/sync?last_pulled_at={at}", rows).status_code == 200
    assert len(escalations(world, staff["rita"])) == 2


def test_who_is_no_supervisor_any_more_keeps_and_answers_nothing(world, staff, sam, ann, handed):
    sue = staff["sue"]
    sue.sync()
    [debrief, *_] = sue.records("debrief")
    [mine] = sue.records("supervision")
    roles, caller = world.parts.people.administration, sue.transport.caller
    roles._roles.change(roles.of(sue.user), "peer", "olga")
    now = world.phone(replace(caller, role="peer"))
    for name, args in (
        ("debrief.answer", {"id": debrief["id"], "words": "x"}),
        ("debrief.hand_over", {"id": debrief["id"]}),
    ):
        assert no(now.do(name, **args))[0] == "forbidden"
    assert no(now.do("supervision.share_past", id=mine["id"]))[0] == "not_found"
    now.sync(), ann.sync()
    assert [one["data"]["messages"] for one in now.records("debrief")] == [[], []]
    assert [one["data"]["state"] for one in ann.records("debrief")] == ["closed"]


def test_what_others_gave_somebody_whose_role_was_just_changing_is_taken_back(world, staff, sam, monkeypatch):
    act, sue = world.parts.people.administration, staff["sue"]
    rita, store, set_role = staff["rita"], world.parts.accounts.account_store, AccountStore.set_role

    def crossed(self, user, role):
        monkeypatch.undo()
        ok(certify(sue, "rita"))
        ok(staff["olga"].do("watch.edit", handle="rita", hours={"weekly": ALWAYS}))
        set_role(self, user, role)

    monkeypatch.setattr(AccountStore, "set_role", crossed)
    act.change_role(staff["olga"].transport.caller, store.by_id(rita.user), "peer")
    assert people_kept(world, "specialist", "id-sam")["credential"]["supervisor"] is None
    assert people_kept(world, "watch", "all")["people"] == {}


def people_kept(world, kind, name):
    [row] = stored(world.mongo, {"kind": kind, "id": name})
    return row["data"]


def test_nothing_is_handed_over_to_oneself_or_to_nobody(staff, sam, handed):
    ok(certify(staff["rita"], None))
    staff["sue"].sync(), staff["rita"].sync()
    for name in ("sue", "rita"):
        [mine] = staff[name].records("supervision")
        assert no(staff[name].do("supervision.share_past", id=mine["id"])) == ("wrong_state", "ended")
    ok(certify(staff["olga"], "sue"))
    [mine] = (staff["sue"].sync(), staff["sue"].records("supervision"))[1]
    assert no(staff["sue"].do("supervision.share_past", id=mine["id"])) == ("wrong_state", "ongoing")


def test_a_debrief_is_handed_over_with_what_was_shown_and_who_asked_is_told(world, staff, sam, ann, handed):
    staff["sue"].sync()
    [debrief] = [one for one in staff["sue"].records("debrief") if one["data"]["words"] == "BEFORE ann"]
    ok(staff["sue"].do("debrief.hand_over", id=debrief["id"]))
    staff["sue"].sync(), staff["rita"].sync(), ann.sync()
    [mine] = [one for one in staff["sue"].records("debrief") if one["id"] == debrief["id"]]
    assert (mine["data"]["state"], mine["data"]["messages"]) == ("handed_over", [])
    [theirs] = staff["rita"].records("debrief")
    assert [one["text"] for one in theirs["data"]["messages"]] == ["BEFORE"]
    [asked] = ann.records("debrief")
    assert (asked["data"]["state"], asked["data"]["handed_over_at"]) == ("asked", world.time)
    for name, args in (("answer", {"words": "x"}), ("hand_over", {})):
        assert no(staff["sue"].do(f"debrief.{name}", id=debrief["id"], **args)) == ("wrong_state", "handed_over")
    ok(staff["rita"].do("debrief.answer", id=theirs["id"], words="I am Rita."))
    ok(staff["sue"].do("debrief.close", id=debrief["id"]))
    ann.sync()
    assert ann.records("debrief")[0]["data"]["answer"] == "I am Rita."
    assert ann.records("debrief")[0]["data"]["state"] == "answered", "who handed it over closes it for nobody"
    assert no(staff["rita"].do("debrief.hand_over", id=theirs["id"]))[0] == "wrong_state"


def test_a_debrief_is_handed_over_by_nobody_else(staff, sam, ann, handed):
    staff["sue"].sync()
    for debrief in staff["sue"].records("debrief"):
        for phone in (staff["rita"], staff["olga"], sam, ann):
            assert no(phone.do("debrief.hand_over", id=debrief["id"]))[0] == "not_found"
    assert no(ann.do("debrief.hand_over", id="d2"))[0] == "forbidden"


def test_the_old_supervisor_can_still_finish_what_they_were_asked(staff, sam, handed):
    staff["sue"].sync()
    for debrief in staff["sue"].records("debrief"):
        ok(staff["sue"].do("debrief.answer", id=debrief["id"], words="Call me."))
        ok(staff["sue"].do("debrief.close", id=debrief["id"]))
    sam.sync()
    assert [(one["data"]["answer"], one["data"]["state"]) for one in sam.records("debrief")] == [("Call me.", "closed")]


@pytest.mark.parametrize("taken", [False, True])
def test_who_does_not_supervise_any_more_hears_no_more_of_a_call_for_help(world, staff, sam, ann, pair, taken):
    sue, rita = staff["sue"], staff["rita"]
    ok(sam.do("availability.set", zone="UTC", weekly=[], exceptions={}))
    ok(ann.do("sos.raise", id="s1", words="Please"))
    world.wait(10 * 60_000), world.parts.scheduler.run(), sue.sync()
    [call] = sue.records("call")
    assert (call["data"]["as"], call["data"]["state"]) == ("supervisor", "open")
    if taken:
        ok(sue.do("call.take", id=call["id"]))
    ok(certify(staff["olga"], "rita"))
    ok(ann.do("sos.say", id="s1", words="LATER"))
    sue.sync(), ann.sync()
    assert [(one["data"]["state"], one["data"]["said"]) for one in sue.records("call")] == [("over", [])]
    assert [(one["data"]["state"], one["data"]["taken"]) for one in ann.records("sos")] == [("raised", None)]
    world.wait(20 * 60_000), world.parts.scheduler.run(), rita.sync()
    assert [one["data"]["as"] for one in rita.records("call")] == ["supervisor"]


def test_who_supervises_another_of_theirs_or_is_on_call_is_called_still(world, staff, sam, ann, pair):
    tina = world.phone(world.person("tina", "specialist"))
    listening(world, tina, staff["olga"])
    world.paired(tina, ann)
    for one in (sam, tina):
        ok(one.do("availability.set", zone="UTC", weekly=[], exceptions={}))
    ok(ann.do("sos.raise", id="s1", words="Please"))
    world.wait(10 * 60_000), world.parts.scheduler.run()
    ok(certify(staff["olga"], "rita"))
    ok(ann.do("sos.say", id="s1", words="LATER"))
    staff["sue"].sync()
    [call] = staff["sue"].records("call")
    assert call["data"]["state"] == "open"
    assert [one["text"] for one in call["data"]["said"]][-1] == "LATER"
    ok(staff["olga"].do("watch.edit", handle="sue", hours={"weekly": ALWAYS}))
    world.wait(20 * 60_000), world.parts.scheduler.run()
    ok(certify(staff["olga"], "rita", "tina"))
    staff["sue"].sync()
    assert [(one["data"]["state"], one["data"]["as"]) for one in staff["sue"].records("call")] == [("open", "on_call")]


def test_a_pairing_that_nobody_looks_after_is_shown_to_their_own_supervisor(world, staff, sam, ann, pair):
    world.mongo.records.update_one({"kind": "specialist"}, {"$set": {"data.gone": True}})
    world.restarted()
    seen = {name: json.loads(asking(world, staff[name])(ORPHANS))["pairings"] for name in staff}
    assert seen == {"sue": [{"id": pair[5:]}], "olga": [{"id": pair[5:]}], "rita": []}
