"""A moderator warns, suspends or removes somebody: that is done, it can be appealed, and no reporter learns which."""

import json
from dataclasses import replace

import pytest

from schemas.errors import WrongState
from server.commands.context import COMMANDS
from server.limits.admission import WHILE_SUSPENDED, Quotas
from server.matching.candidate_columns import CandidateColumns
from server.store.accounts import AccountStore
from server.store.change_set import ChangeSet
from sync.clock import DAY, HOUR, MINUTE
from sync.record import FAR
from tests.good import GOOD
from tests.http_app import App
from tests.lifecycle.matching_fixture import MatchingFixture, no, ok
from tests.trust.scene import asking, send

REPORTS, SANCTIONS = "/api/v1/operator/reports", "/api/v1/operator/sanctions"
WORDS = "You asked for money."
MAY_STILL = ("note.delete", "request.withdraw", "block.set")  # some of what nobody is kept from


@pytest.fixture
def matching(world):
    return MatchingFixture(world)


@pytest.fixture
def otto(matching):
    return matching.person("otto", "operator")


@pytest.fixture
def pair(matching):
    """Return the space of ann, a peer, and sam, a specialist, who have written to each other."""
    ann, sam = matching.peer("ann"), matching.specialist("sam")
    space = matching.bond(ann, sam)
    assert send(sam, space, "s1", "Lend me money")["ok"]
    return space


def phone(matching, name):
    return next(one for one in matching.phones if one.user == f"id-{name}")


def reported(matching, by, space):
    """Let somebody report the other in a pairing; return the report's id for operators."""
    told = {"ground": "money", "words": "x", "messages": ["s1"], "consent": True}
    ok(by.do("report.file", space=space, id="p1", **told))
    [row] = json.loads(asking(matching.world, matching.olga)(REPORTS))["reports"]
    ok(matching.olga.do("report.take", id=row["id"]))
    return row["id"]


def closed(matching, case, outcome, **more):
    said = {"words": WORDS, **more} if outcome in {"warned", "suspended", "removed"} else more
    ok(matching.olga.do("report.close", id=case, outcome=outcome, **said))
    matching.settle()


def asked(matching, who, path="/api/v1/spaces"):
    """Return the code with which the phone of somebody is answered over HTTP; None: it is."""
    client, store = matching.world.parts.app.test_client(), AccountStore(matching.world.mongo)
    tokens = matching.world.parts.accounts.devices.let_in(who.user, who.transport.caller.role, "phone")
    assert store.device(tokens["device"])

    def ask(path=path, **body):
        method = "POST" if body else "GET"
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        answer = client.open(path, method=method, headers=headers, json=body or None).get_json()
        return (answer.get("error") or {}).get("code"), (answer.get("error") or {}).get("details", {})

    return ask


def until(matching, days=7):
    return matching.world.time + days * DAY


def imposed(matching, handle, action, **more):
    ok(matching.olga.do("sanction.impose", handle=handle, action=action, words=WORDS, **more))
    matching.settle()


def sanction(of):
    of.sync()
    return of.records("sanction")[-1]


@pytest.mark.parametrize("by", ["ann", "sam"])
@pytest.mark.parametrize("outcome", ["warned", "suspended", "removed"])
def test_the_person_reads_what_follows_and_the_reporter_only_that_something_was_done(matching, pair, by, outcome):
    who, about = phone(matching, by), phone(matching, "sam" if by == "ann" else "ann")
    more = {"until": until(matching)} if outcome == "suspended" else {}
    closed(matching, reported(matching, who, pair), outcome, **more)
    told = sanction(about)["data"]
    assert (told["action"], told["words"], told["state"], told["until"]) == (
        outcome, WORDS, "in_force", more.get("until"),
    )  # fmt: skip
    assert [row["data"]["outcome"] for row in who.records("report")] == ["acted"]
    assert who.records("sanction") == []
    assert outcome not in json.dumps(list(who.replica.values()))
    assert who.user not in json.dumps(list(about.replica.values()))


def test_what_was_not_done_is_not_said_to_be_done(matching, pair):
    ann = phone(matching, "ann")
    closed(matching, reported(matching, ann, pair), "no_action")
    ann.sync()
    assert [row["data"]["outcome"] for row in ann.records("report")] == ["no_action"]
    assert phone(matching, "sam").records("sanction") == []


@pytest.mark.parametrize("name", ["ann", "sam"])
@pytest.mark.parametrize("action", ["suspended", "removed"])
def test_they_are_signed_out_and_can_read_appeal_and_call_for_help_and_write_nothing(matching, pair, name, action):
    who, more = phone(matching, name), {"until": until(matching)} if action == "suspended" else {}
    before = asked(matching, who)
    assert before() == (None, {})
    imposed(matching, name, action, **more)
    code, why = before()
    assert (code, why["reason"], why["why"]) == ("unauthenticated", "signed_out", "suspended")
    again = asked(matching, who)
    assert again() == (None, {}), "they can still read"
    refused = again("/api/v1/note/put", id="n1", body="x")
    assert refused == ("suspended", {"until": more.get("until")})
    for command, args in (("note.delete", {"id": "n9"}), ("sos.raise", {"id": "s1"})):
        assert again(f"/api/v1/{command.replace('.', '/')}", **args) == (None, {})
    assert again("/api/v1/sanction/appeal", id=sanction(who)["id"], words="No.") == (None, {})
    rows = {"note": {"created": [{"id": "n2", "title": "t", "body": "b"}], "updated": [], "deleted": []}}
    again("/api/v1/adapters/watermelondb/sync?last_pulled_at=0", **rows)
    notes = matching.world.mongo.records.find({"kind": "note", "space": f"user:{who.user}"})
    assert [row for row in notes if not row.get("deleted")] == []


def test_a_suspension_ends_by_itself_and_a_removal_does_not(matching, pair):
    ann, sam = phone(matching, "ann"), phone(matching, "sam")
    imposed(matching, "sam", "suspended", until=until(matching))
    imposed(matching, "ann", "removed")
    asks = {one.user: asked(matching, one) for one in (ann, sam)}
    matching.settle(7 * DAY + HOUR)
    asks = {one.user: asked(matching, one) for one in (ann, sam)}
    assert asks[sam.user]("/api/v1/note/put", id="n1", body="x") == (None, {})
    assert asks[ann.user]("/api/v1/note/put", id="n1", body="x") == ("suspended", {"until": None})
    assert (sanction(sam)["data"]["state"], sanction(ann)["data"]["state"]) == ("over", "in_force")
    matching.settle(400 * DAY)
    assert sanction(ann)["data"]["state"] == "in_force"


@pytest.mark.parametrize("name", ["ann", "sam"])
def test_their_pairings_end_as_any_others_and_what_was_on_its_way_is_taken_back(matching, pair, name):
    who, other = phone(matching, name), phone(matching, "sam" if name == "ann" else "ann")
    bob, tom = matching.peer("bob"), matching.specialist("tom")
    if name == "sam":
        offer = matching.ask(bob, who)
    else:
        ok(who.do("request.open", id="r2", topics={"grief_loss": 3}))
        matching.settle()
        ok(matching.choose(who, "Tom", "r2"))
        [offer] = matching.offers(tom)
    imposed(matching, name, "suspended", until=until(matching))
    ended = matching.pairing(other, pair)
    assert (ended["state"], ended["ending"]) == ("ended", "closed")
    assert ended.keys() == {"state", "members", "ending"}
    assert matching.offer(who if name == "sam" else tom, offer)["state"] == "withdrawn"
    if name == "sam":
        assert matching.request(other)["last"] == "next", "the search goes on, with its age"
        assert "Sam" not in matching.listed(other) + matching.listed(bob)
        assert matching.practice(who)["active"] == matching.practice(who)["reserved"] == 0
    else:
        assert matching.request(who, "r2")["state"] == "withdrawn"
        assert matching.request(who)["state"] == "ended"


def test_a_specialist_is_found_again_when_it_is_over_but_not_by_who_reported(matching, pair):
    ann, bob = phone(matching, "ann"), matching.peer("bob")
    closed(matching, reported(matching, ann, pair), "suspended", until=until(matching))
    assert matching.look(bob) == []
    matching.settle(7 * DAY + HOUR)
    for one, names in ((ann, []), (bob, ["Sam"])):
        ok(one.do("request.open", id="r9", topics={"grief_loss": 3}))
        matching.settle()
        assert matching.listed(one, "r9") == names


def test_a_call_for_help_of_who_is_suspended_goes_on(matching, pair):
    ann, sam = phone(matching, "ann"), phone(matching, "sam")
    ok(ann.do("sos.raise", id="s1", words="Please."))
    matching.settle()
    imposed(matching, "ann", "removed")
    assert [row["data"]["state"] for row in ann.records("sos")] == ["raised"]
    assert [row["data"]["state"] for row in sam.records("call")] == ["over"], "their specialist is theirs no more"


@pytest.mark.parametrize("how", ["called already", "called later", "put on call again"])
def test_who_is_suspended_is_called_for_nobody(matching, pair, how):
    sam, bob = phone(matching, "sam"), matching.peer("bob")
    on_call = {"handle": "sam", "hours": {"weekly": [[day, 0, 1440] for day in range(7)]}}
    ok(matching.olga.do("watch.edit", **on_call))
    if how == "called already":
        ok(bob.do("sos.raise", id="s1", words="Please."))
        matching.settle(4 * MINUTE)
        assert [row["data"]["state"] for row in sam.records("call")] == ["open"]
    imposed(matching, "sam", "suspended", until=until(matching))
    if how == "put on call again":
        ok(matching.olga.do("watch.edit", **on_call))
    ok(bob.do("sos.raise", id="s2", words="Please."))
    matching.settle(HOUR)
    assert [row["data"]["state"] for row in sam.records("call")] == (["over"] if how == "called already" else [])
    matching.settle(8 * DAY)
    called = [row["data"]["state"] for row in sam.records("call")]
    assert ("open" in called) is (how == "put on call again"), "who was taken off call is not on call when it is over"


def test_a_shorter_suspension_shortens_no_longer_one(matching, pair):
    sam = phone(matching, "sam")
    imposed(matching, "sam", "suspended", until=until(matching, 10))
    imposed(matching, "sam", "suspended", until=until(matching, 1))
    assert asked(matching, sam)("/api/v1/note/put", id="n1", body="x")[1] == {"until": matching.world.time + 10 * DAY}


def test_no_place_on_a_list_is_taken_by_who_is_suspended():
    pool, data = CandidateColumns(), {"facts": {}, "offers": {}, "pairings": {}, "practice": {"places": 1}}
    credential = {"supervisor": "id-sue", "until": FAR}
    for number, suspended in enumerate((0, 5, 6)):
        pool.put(f"s{number}", {**data, "credential": credential, "suspended_until": suspended}, 0)
    assert list(pool.room(5)) == [True, True, False]


def test_an_appeal_reaches_another_moderator_and_is_answered(matching, otto, pair):
    sam = phone(matching, "sam")
    case = reported(matching, phone(matching, "ann"), pair)
    closed(matching, case, "suspended", until=until(matching))
    closed_at = matching.world.time
    name = sanction(sam)["id"]
    matching.world.wait(1000)
    ok(sam.do("sanction.appeal", id=name, words="It was a joke."))
    [report] = json.loads(asking(matching.world, otto)(f"{REPORTS}?state=closed"))["reports"]
    assert report["closed_at"] == closed_at, "what happens to the sanction does not close the report again"
    assert ok(sam.do("sanction.appeal", id=name, words="Again"))[0]["data"]["appeal_words"] == "It was a joke."
    answer = {"handle": "sam", "id": name, "outcome": "lifted", "words": "We hear you."}
    assert no(matching.olga.do("sanction.decide", **answer))[0] == "forbidden"
    [row] = json.loads(asking(matching.world, otto)(SANCTIONS))["sanctions"]
    assert (row["id"], row["handle"], row["by"], row["appeal"], row["appeal_words"]) == (
        name, "sam", "olga", "filed", "It was a joke.",
    )  # fmt: skip
    suspended = asked(matching, sam)
    assert suspended("/api/v1/note/put", id="n1", body="x")[0] == "suspended"
    ok(otto.do("sanction.decide", **answer))
    matching.settle()
    assert suspended("/api/v1/note/put", id="n2", body="x") == (None, {}), "at once, and without a new sign-in"
    told = sanction(sam)["data"]
    assert (told["state"], told["appeal"], told["answer"]) == ("lifted", "lifted", "We hear you.")
    assert no(otto.do("sanction.decide", **answer)) == ("wrong_state", "lifted")
    trail = json.loads(asking(matching.world, otto)(f"{REPORTS}/{case}"))["trail"]
    assert [(one["what"], one["by"]) for one in trail][-3:] == [
        ("closed", "olga"), ("appealed", ""), ("appeal_lifted", "otto"),
    ]  # fmt: skip
    assert json.loads(asking(matching.world, otto)(SANCTIONS))["sanctions"] == []


def test_an_app_with_rows_appeals_by_writing_its_words(matching, pair):
    sam = phone(matching, "sam")
    imposed(matching, "sam", "suspended", until=until(matching))
    app = App(matching.world, sam)
    row = {"id": sanction(sam)["id"], "appeal_words": "It was a joke."}
    changed = {"sanction": {"created": [], "updated": [row], "deleted": []}}
    at = app.answer("adapters/watermelondb/sync").get_json()["timestamp"]
    assert app.answer(f"adapters/watermelondb/sync?last_pulled_at={at}", changed).status_code == 200
    assert sanction(sam)["data"]["appeal"] == "filed"


def test_an_appeal_that_is_not_granted_changes_nothing_and_waits_as_long_as_it_takes(matching, otto, pair):
    sam = phone(matching, "sam")
    imposed(matching, "sam", "suspended", until=until(matching, 1))
    ok(sam.do("sanction.appeal", id=sanction(sam)["id"], words="No."))
    matching.settle(2 * DAY)
    [row] = json.loads(asking(matching.world, otto)(SANCTIONS))["sanctions"]
    assert (row["state"], row["appeal"]) == ("over", "filed")
    ok(otto.do("sanction.decide", handle="sam", id=row["id"], outcome="upheld", words="It stays."))
    matching.settle()
    assert json.loads(asking(matching.world, otto)(SANCTIONS))["sanctions"] == []
    assert sanction(sam)["data"]["answer"] == "It stays."


def test_of_two_suspensions_the_longer_one_holds_when_one_is_lifted(matching, otto, pair):
    sam = phone(matching, "sam")
    imposed(matching, "sam", "suspended", until=until(matching, 2))
    first = sanction(sam)["id"]
    imposed(matching, "sam", "removed")
    [second] = [row["id"] for row in sam.records("sanction") if row["id"] != first]
    ask = asked(matching, sam)
    assert ask("/api/v1/note/put", id="n1", body="x") == ("suspended", {"until": None})
    ok(otto.do("sanction.lift", handle="sam", id=second, words="A mistake."))
    matching.settle()
    assert ask("/api/v1/note/put", id="n1", body="x")[1] == {"until": matching.world.time + 2 * DAY}
    ok(otto.do("sanction.lift", handle="sam", id=first, words="A mistake."))
    matching.settle()
    assert ask("/api/v1/note/put", id="n1", body="x") == (None, {})
    assert no(otto.do("sanction.lift", handle="sam", id=first, words="x")) == ("wrong_state", "lifted")


def test_who_imposed_a_sanction_cannot_lift_it_to_get_round_an_appeal(matching, otto, pair):
    sam = phone(matching, "sam")
    imposed(matching, "sam", "removed")
    name = sanction(sam)["id"]
    ok(sam.do("sanction.appeal", id=name, words="No."))
    for operator in (matching.olga, otto):
        assert no(operator.do("sanction.lift", handle="sam", id=name, words="x")) == ("wrong_state", "appealed")


def test_an_appeal_that_is_answered_before_the_timers_run_lets_nobody_off(matching, otto, pair):
    sam = phone(matching, "sam")
    before = asked(matching, sam)
    ok(matching.olga.do("sanction.impose", handle="sam", action="removed", words=WORDS))
    name = sanction(sam)["id"]
    ok(sam.do("sanction.appeal", id=name, words="No."))
    ok(otto.do("sanction.decide", handle="sam", id=name, outcome="upheld", words="It stays."))
    matching.settle()
    assert before()[0] == "unauthenticated"
    assert asked(matching, sam)("/api/v1/note/put", id="n1", body="x")[0] == "suspended"


def test_what_is_open_to_somebody_who_is_suspended_lets_them_tell_nobody_anything(matching, pair):
    """But moderators, and those who are called for help: an escalation is read by the peer, and stays for ever."""
    imposed(matching, "sam", "removed")
    ask, said = asked(matching, phone(matching, "sam")), GOOD["escalation.record"]
    assert ask("/api/v1/escalation/record", **{**said, "space": pair})[0] == "suspended"
    assert ask("/api/v1/specialist/leave", until=until(matching))[0] == "suspended"
    open_to_them = {COMMANDS[name] for name in WHILE_SUSPENDED}
    assert all(command.exempt for command in open_to_them)
    assert {command.kind for command in open_to_them} <= {
        "sos", "sanction", "block", "report", "pairing", "request", "disclosure", "suggestion", "step", "strength",
        "milestone", "story", "message", "note", "fact", "checkin", "security_event", "unsent",
        "letter", "promise", "question", "repair",
    }  # fmt: skip
    of_words = {name for name in WHILE_SUSPENDED if COMMANDS[name].kind in {"letter", "promise", "question", "repair"}}
    assert all(name.partition(".")[2].startswith("withdraw") for name in of_words), "which they can only take back"


@pytest.mark.parametrize("joined", ["by invitation", "by a request"])
def test_nobody_is_left_without_a_search_when_their_specialist_is_suspended(matching, pair, joined):
    bob, sam, tom = matching.peer("bob"), phone(matching, "sam"), matching.specialist("tom")
    if joined == "by invitation":
        ok(bob.do("pairing.join", code=ok(sam.do("pairing.invite"))[0]["data"]["code"]))
    else:
        matching.bond(bob, sam)
    imposed(matching, "sam", "removed")
    assert [row["data"]["state"] for row in bob.records("request")] == ["shortlisted"]
    assert tom.user


def test_a_peer_with_a_full_space_is_removed_all_the_same(matching, pair, monkeypatch):
    ann = phone(matching, "ann")
    admission = matching.world.parts.group_commit and matching.world.parts.backend._admission
    monkeypatch.setattr(admission, "_quotas", Quotas(1, 0))
    for name in ("n1", "n2"):
        ann.do("note.put", id=name, body="x")
    for _ in range(2):
        imposed(matching, "ann", "warned")
    imposed(matching, "ann", "removed")
    assert sanction(ann)["data"]


@pytest.mark.parametrize(("name", "role"), [("ann", "specialist"), ("sam", "peer")])
def test_who_is_suspended_gets_no_other_role_and_a_sanction_is_lifted_whatever_the_role_is(
    matching, otto, pair, name, role
):
    who, act = phone(matching, name), matching.world.parts.people.administration
    imposed(matching, name, "removed")
    account = act.of(who.user)
    with pytest.raises(WrongState) as refused:
        act.change_role(otto.transport.caller, account, role)
    assert refused.value.details["state"] == "suspended"
    act._roles.change(account, role, "the employer")  # who does not ask
    ok(otto.do("sanction.lift", handle=name, id=sanction(who)["id"], words="A mistake."))
    matching.settle()
    assert matching.world.mongo.users.find_one({"_id": who.user})["suspended_until"] == 0


def test_nobody_looks_into_a_report_about_themselves_or_of_their_own(matching, otto, pair):
    """An operator may have been a peer or a specialist before."""
    case = reported(matching, phone(matching, "ann"), pair)
    for name in ("ann", "sam"):
        before = phone(matching, name).transport.caller
        now = matching.phone(replace(before, role="operator"))
        assert no(now.do("report.close", id=case, outcome="no_action"))[0] == "forbidden"
        assert no(now.do("report.take", id=case))[0] == "forbidden"
        assert json.loads(asking(matching.world, now)(f"{REPORTS}/{case}"))["error"]["code"] == "forbidden"
    ok(otto.do("report.close", id=case, outcome="no_action"))


def test_a_report_of_somebody_who_is_gone_leaves_nothing_of_them(matching, pair):
    ann = phone(matching, "ann")
    case = reported(matching, ann, pair)
    matching.world.parts.accounts.remove_confirmed(ann.transport.caller)
    matching.restart()
    ok(matching.olga.do("report.close", id=case, outcome="removed", words="x"))
    assert matching.world.mongo.records.count_documents({"space": f"match:{ann.user}"}) == 0
    assert sanction(phone(matching, "sam"))["data"]["action"] == "removed"


def test_a_sanction_that_crosses_the_deletion_of_an_account_leaves_nothing_behind(matching, pair, monkeypatch):
    """The handle was looked up a moment before the account was gone."""
    ann = phone(matching, "ann")
    matching.world.parts.accounts.remove_confirmed(ann.transport.caller)
    matching.phones.remove(ann)
    monkeypatch.setattr(ChangeSet, "person", lambda *asked: ann.user if asked[-1] == "peer" else None)
    imposed = matching.olga.does("sanction.impose", handle="ann", action="removed", words="x")
    outcome = matching.world.parts.backend.mutate(matching.olga.transport.caller, imposed)
    assert outcome["error"]["code"] == "try_later", "the next try finds nobody of this name"
    matching.world.wait(MINUTE)
    matching.settle()
    assert matching.world.mongo.records.count_documents({"space": {"$regex": f"{ann.user}$"}}) == 0


@pytest.mark.parametrize("how", ["the account knows of it", "and the devices are signed out"])
def test_a_server_that_dies_before_all_of_it_was_done_goes_on_after_it(matching, pair, monkeypatch, how):
    sam = phone(matching, "sam")
    before, store = asked(matching, sam), matching.world.parts.accounts.account_store
    ok(matching.olga.do("sanction.impose", handle="sam", action="removed", words=WORDS))
    dies = "suspend" if how == "the account knows of it" else "sign_out"
    done = getattr(store, dies)

    def die(*args):
        monkeypatch.undo()
        if dies == "suspend":
            done(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(store, dies, die)
    with pytest.raises(KeyboardInterrupt):
        matching.world.parts.scheduler.run()
    matching.restart()
    matching.settle()
    assert before()[0] == "unauthenticated"
    assert asked(matching, sam)("/api/v1/note/put", id="n1", body="x")[0] == "suspended"


@pytest.mark.parametrize("name", ["sanction.impose", "sanction.lift", "sanction.decide"])
def test_nobody_but_operators_moderates(matching, pair, name):
    imposed(matching, "sam", "warned")
    given = {"id": sanction(phone(matching, "sam"))["id"], "words": "x", "handle": "sam"}
    args = {
        "sanction.impose": {"handle": "sam", "words": "x", "action": "warned"},
        "sanction.lift": given,
        "sanction.decide": {**given, "outcome": "lifted"},
    }[name]
    for one in (phone(matching, "ann"), phone(matching, "sam"), matching.sue):
        assert no(one.do(name, **args))[0] == "forbidden"
    for handle in ("nobody", "sue", "olga"):
        assert no(matching.olga.do(name, **{**args, "handle": handle}))[0] == "not_found"


def test_a_time_is_given_with_a_suspension_and_only_then(matching, pair):
    for action, more in (("warned", {"until": 2**45}), ("removed", {"until": 2**45}), ("suspended", {})):
        refused = matching.olga.do("sanction.impose", handle="sam", action=action, words="x", **more)
        assert refused["error"]["details"]["field"] == "args.until"
    past = {"handle": "sam", "action": "suspended", "words": "x", "until": matching.world.time}
    assert no(matching.olga.do("sanction.impose", **past)) == ("wrong_state", "past")
    case = reported(matching, phone(matching, "ann"), pair)
    refused = matching.olga.do("report.close", id=case, outcome="removed")
    assert refused["error"]["details"]["field"] == "args.words", "the person must be told why"


@pytest.mark.parametrize("name", ["sam", "ann"])
def test_who_has_deleted_their_account_is_sanctioned_no_more_and_nothing_is_stored_for_them(matching, pair, name):
    sam, other = phone(matching, name), phone(matching, "ann" if name == "sam" else "sam")
    case = reported(matching, other, pair)
    matching.world.parts.accounts.remove_confirmed(sam.transport.caller)
    refused = matching.olga.do("report.close", id=case, outcome="removed", words="x")
    assert no(refused) == ("wrong_state", "nobody")
    assert matching.world.mongo.records.count_documents({"space": f"user:{sam.user}"}) == 0
    ok(matching.olga.do("report.close", id=case, outcome="no_action"))


def test_nothing_that_crosses_a_suspension_brings_anybody_together(matching, pair):
    """The phone is signed out a moment later; until then its token still says that it may do everything."""
    ann, bob = phone(matching, "ann"), matching.peer("bob")
    code = ok(matching.specialist("tom").do("pairing.invite"))[0]["data"]["code"]
    for one in (ann, bob):
        ok(matching.olga.do("sanction.impose", handle=one.user[3:], action="removed", words="x"))
        assert no(one.do("request.open", id="r5", topics={"grief_loss": 3}))[0] == "suspended"
        assert no(one.do("pairing.join", code=code))[0] == "suspended"
    assert no(ann.do("message.send", space=pair, id="m9", text="x", origin="person")) == ("wrong_state", "ended")


def test_a_removal_lasts_until_the_end_of_time(matching, pair):
    imposed(matching, "sam", "removed")
    [account] = matching.world.mongo.users.find({"_id": "id-sam"})
    assert account["suspended_until"] == FAR
