"""A report: moderators see what was selected, with consent, and nothing else; who is reported never learns of it."""

import json

import pytest

from sync.clock import DAY
from tests.good import GOOD
from tests.matched import listening
from tests.sealed import to_be_read
from tests.sync.stories import phone_of
from tests.trust.scene import WM, Sky, asking, pushed, reachable, rows, send

QUEUE = "/api/v1/operator/reports"
STAFF = ["/api/v1/operator/" + name for name in ("queue", "load", "leaving", "orphans", "reports", "escalations")]
SEEN = ("message", "pairing", "position", "profile", "report")  # collections looked at
TOLD = {"ground": "pressure", "words": "He went on.", "messages": ["s1", "a1"], "consent": True}


@pytest.fixture
def olga(world):
    return world.phone(world.person("olga", "operator"))


@pytest.fixture
def talk(world, sam, ann, pair):
    """Let sam and ann write: two messages that will be selected, one of them edited, and others with a canary."""
    for phone, name, text in (
        (sam, "s0", "CANARY not selected"),
        (sam, "s1", "I know where you live"),
        (ann, "a1", "Please stop"),
        (ann, "a2", "CANARY mine"),
    ):
        assert send(phone, pair, name, text)["ok"]
    assert sam.do("message.edit", space=pair, id="s1", text="I know the world you live in")["ok"]
    assert sam.do("message.edit", space=pair, id="s1", text="Where do you live?")["ok"]
    for phone in (sam, ann):
        phone.do("note.put", id="n1", title="CANARY")
        phone.do("plan.edit", notice="CANARY")
        phone.do("checkin.put", id="k1", pairing=pair[5:], could_say=1)
        phone.do("profile.edit", about="CANARY")
    return pair


def filed(world, phone, space, olga, **more):
    """File a report; return what an operator is shown in the queue, and of the report."""
    outcome = phone.do("report.file", space=space, id="p1", **{**TOLD, **more})
    assert outcome["ok"], outcome
    [row] = json.loads(asking(world, olga)(QUEUE))["reports"]
    return row, shown(world, olga, row["id"])


def shown(world, olga, name):
    answer = json.loads(asking(world, olga)(f"{QUEUE}/{name}"))
    return {key: value for key, value in answer.items() if key != "server_time"}


def test_what_was_selected_is_shown_as_it_was_written_and_edited(world, ann, talk, olga):
    row, report = filed(world, ann, talk, olga)
    at = world.time
    assert row == {"id": report["id"], "ground": "pressure", "by": "peer", "state": "filed", "filed_at": at}
    assert report == {
        "id": row["id"],
        "ground": "pressure",
        "words": "He went on.",
        "consent": True,
        "by": "peer",
        "about": None,
        "messages": [
            {
                "id": "s1",
                "by": "specialist",
                "text": "Where do you live?",
                "sent_at": at,
                "before": ["I know the world you live in", "I know where you live"],
            },
            {"id": "a1", "by": "peer", "text": "Please stop", "sent_at": at},
        ],
        "state": "filed",
        "outcome": None,
        "filed_at": at,
        "trail": [{"at": at, "what": "filed", "by": ""}],
    }


def test_without_consent_no_message_is_shown(world, ann, talk, olga):
    _, report = filed(world, ann, talk, olga, consent=False)
    assert (report["messages"], report["consent"]) == ([], False)
    kept = to_be_read(world.mongo, {"kind": "case"})
    assert TOLD["words"] in kept
    assert "Where do you" not in kept
    assert "Please stop" not in kept


def test_what_is_changed_later_changes_no_report(world, sam, ann, talk, olga):
    _, before = filed(world, ann, talk, olga)
    assert sam.do("message.edit", space=talk, id="s1", text="Hello")["ok"]
    assert sam.do("message.delete", space=talk, id="s1")["ok"]
    assert sam.do("pairing.end", pairing=talk[5:])["ok"]
    assert shown(world, olga, before["id"]) == before


def test_a_message_deleted_before_it_was_reported_keeps_nobody_from_reporting_or_blocking(world, sam, ann, talk, olga):
    """Her phone still had it when she selected it; whoever deletes in time must not be safe by that."""
    assert sam.do("message.delete", space=talk, id="s1")["ok"]
    assert ann.do("block.set", space=talk, report={"id": "p1", **TOLD})["ok"]
    [row] = json.loads(asking(world, olga)(QUEUE))["reports"]
    assert "a1" in {one["id"] for one in shown(world, olga, row["id"])["messages"]}
    ann.sync()
    assert ann.spaces() == {}


@pytest.mark.parametrize("known", ["filed before", "of another device"])
def test_a_report_that_is_known_keeps_nobody_from_blocking(world, ann, talk, olga, known):
    assert ann.do("report.file", space=talk, id="p1", **TOLD)["ok"]
    phone = ann if known == "filed before" else phone_of(world, ann.transport.caller, "tablet")
    assert phone.do("block.set", space=talk, report={"id": "p1", **TOLD})["ok"]
    assert len(json.loads(asking(world, olga)(QUEUE))["reports"]) == 1


def test_a_report_is_not_lost_because_somebody_is_blocked_already(world, ann, talk, olga):
    """Her other device had blocked them without a word; or she finds the words a day later."""
    assert ann.do("block.set", space=talk)["ok"]
    ann.do("block.set", space=talk, report={"id": "p1", **TOLD})
    assert len(json.loads(asking(world, olga)(QUEUE))["reports"]) == 1


def test_who_reports_sees_each_state_and_the_outcome_but_not_who_nor_the_note(world, ann, talk, olga):
    row, _ = filed(world, ann, talk, olga)
    seen = []
    for step in ({}, {"take": {}}, {"close": {"outcome": "spoken_to", "note": "CANARY for us"}}):
        for name, args in step.items():
            assert olga.do(f"report.{name}", id=row["id"], **args)["ok"]
        ann.sync()
        [mine] = ann.records("report")
        seen.append((mine["data"]["state"], mine["data"]["outcome"]))
        assert mine["data"].keys() == {
            "where", "ground", "words", "messages", "consent", "state", "outcome", "filed_at",
        }  # fmt: skip
    assert seen == [("filed", None), ("in_review", None), ("closed", "acted")]
    assert "for us" not in json.dumps(list(ann.replica.values()))
    assert "olga" not in json.dumps([row for row in ann.replica.values() if row["kind"] == "report"])


def test_every_step_stays_in_the_trail_and_whom_it_is_about_is_told_once_taken(world, ann, talk, olga):
    otto = world.phone(world.person("otto", "operator"))
    row, before = filed(world, ann, talk, olga)
    assert before["about"] is None
    world.wait(1000)
    assert olga.do("report.take", id=row["id"])["ok"]
    assert shown(world, olga, row["id"])["about"] == "sam"
    world.wait(1000)
    assert otto.do("report.take", id=row["id"])["ok"]
    assert otto.do("report.close", id=row["id"], outcome="spoken_to", note="Enough.")["ok"]
    trail = shown(world, olga, row["id"])["trail"]
    assert [(entry["what"], entry["by"], entry["at"] - before["filed_at"]) for entry in trail] == [
        ("filed", "", 0), ("in_review", "olga", 1000), ("in_review", "otto", 2000), ("closed", "otto", 2000),
    ]  # fmt: skip
    assert trail[-1]["note"] == "Enough."
    assert json.loads(asking(world, olga)(QUEUE))["reports"] == []
    for name, args in (("take", {}), ("close", {"outcome": "no_action"})):
        assert olga.do(f"report.{name}", id=row["id"], **args)["error"]["details"]["state"] == "closed"
    assert shown(world, olga, row["id"])["trail"] == trail


def test_nobody_but_operators_looks_into_reports(world, sam, ann, talk, olga):
    """Nor learns from the answer whether there is one; not even those whom it is about, or who filed it."""
    row, _ = filed(world, ann, talk, olga)
    for phone in (ann, sam, world.phone(world.person("sue", "supervisor"))):
        for name in (row["id"], "there-is-none"):
            assert json.loads(asking(world, phone)(f"{QUEUE}/{name}"))["error"]["code"] == "forbidden"
            for command, args in (("take", {}), ("close", {"outcome": "no_action"})):
                assert phone.do(f"report.{command}", id=name, **args)["error"]["code"] == "forbidden"
        assert json.loads(asking(world, phone)(QUEUE))["error"]["code"] == "forbidden"
    assert "not_found" in asking(world, olga)(f"{QUEUE}/there-is-none")
    assert olga.do("report.take", id="there-is-none")["error"]["code"] == "not_found"


@pytest.mark.parametrize("by", ["peer", "specialist"])
def test_who_is_reported_never_learns_of_it(world, sam, ann, talk, olga, by):
    """Neither by a frame, a page, a row, a number, a push, nor by any answer to what they do next."""
    who, other = (ann, sam) if by == "peer" else (sam, ann)
    other.sync()
    ask, air, before = asking(world, other), Sky(world, [other]), dict(other.replica)
    reachable(world, other)
    pushed(world, other)
    paths = ["/api/v1/spaces", f"/api/v1/spaces/{talk}/history", f"/api/v1/spaces/{talk}/path"]
    paths = [*paths, f"{WM}?last_pulled_at={json.loads(ask(WM))['timestamp']}"]
    reads = [ask(path) for path in paths] + [rows(ask, kind)["documents"] for kind in SEEN]
    row, _ = filed(world, who, talk, olga)
    assert olga.do("report.take", id=row["id"])["ok"]
    assert olga.do("report.close", id=row["id"], outcome="spoken_to", note="x")["ok"]
    other.sync()
    assert other.replica == before
    assert air.frames == []
    assert pushed(world, other) == []
    assert [ask(path) for path in paths] + [rows(ask, kind)["documents"] for kind in SEEN] == reads
    assert other.do("report.file", space=talk, id="p1", **TOLD)["ok"], "even an id is not taken by it"


def test_moderators_are_shown_nothing_else(world, sam, ann, talk, olga):
    """Whatever an operator asks for, and is sent: what was not selected is nowhere."""
    world.person("sue", "supervisor")
    listening(world, sam, olga)
    air = Sky(world, [olga])
    row, _ = filed(world, ann, talk, olga)
    assert olga.do("report.take", id=row["id"])["ok"]
    heard = [olga.do(name, **GOOD[name] | {"space": talk} if name.partition(".")[0] in MOVES else GOOD[name])
             for name in GOOD if name not in {"specialist.deactivate", "specialist.leave"}]  # fmt: skip
    ask = asking(world, olga)
    heard += [ask(path) for path in (*STAFF, f"{QUEUE}/{row['id']}", WM, "/api/v1/spaces")]
    heard += [
        ask(f"/api/v1/spaces/{space}/{end}") for space in (talk, f"case:{row['id']}") for end in ("history", "path")
    ]
    heard += [rows(ask, kind) for kind in SEEN]
    world.wait(DAY)
    olga.sync()
    told = json.dumps([*heard, *olga.replica.values(), *[frame for _, frame in air.frames]])
    assert "CANARY" not in told
    assert "Where do you live?" in told, "need to see what was selected for this test to mean anything"
    assert told.count("id-") == told.count(olga.user), "and no account but their own"


MOVES = {"message", "ack", "question", "position"}


def test_too_much_cannot_be_selected(ann, talk):
    assert not ann.do("report.file", space=talk, id="p1", **{**TOLD, "messages": ["s1"] * 51})["ok"]


def test_what_is_not_there_any_more_keeps_nobody_from_reporting(world, ann, talk):
    assert ann.do("report.file", space=talk, id="p1", **{**TOLD, "messages": ["s1", "nothing"]})["ok"]
    [case] = world.parts.reader.live("case")
    assert case.data["messages"][1] == {"id": "nothing", "deleted": True}


def test_who_has_blocked_can_still_report_and_ask(world, ann, talk):
    assert ann.do("block.set", space=talk)["ok"]
    assert ann.do("report.file", space=talk, id="p1", **TOLD)["ok"]
    assert [case.data["messages"][0]["id"] for case in world.parts.reader.live("case")] == ["s1"]


def test_nobody_reports_what_happened_between_others(world, eve, talk):
    strange, not_a_member = (
        eve.do("report.file", space=space, id="p1", **TOLD)["error"] for space in (talk, "pair:" + "a" * 26)
    )
    assert (strange["code"], strange["message"]) == ("not_found", not_a_member["message"])
    assert world.mongo.records.count_documents({"kind": "case"}) == 0


def test_what_the_reporter_edited_away_is_nobodys_to_read(world, sam, ann, talk, olga):
    assert ann.do("message.edit", space=talk, id="a1", text="Please stop it")["ok"]
    _, report = filed(world, ann, talk, olga)
    assert [("before" in message) for message in report["messages"]] == [True, False]


@pytest.mark.parametrize("letter", ["x", "\u4e2d", "\U0001f300"])
@pytest.mark.parametrize("action", ["block.set", "report.file"])
def test_however_much_was_written_and_edited_it_can_be_reported_and_blocked(
    world, sam, ann, pair, olga, action, letter
):
    for number in range(50):
        assert send(sam, pair, f"m{number}", letter * 10_000)["ok"]
    for number in range(15):
        for _ in range(9):
            edited = sam.do("message.edit", space=pair, id=f"m{number}", text=letter * 9_999)
            assert edited["ok"] or edited["error"]["code"] == "too_large"
    told = {**TOLD, "id": "p1", "messages": [f"m{number}" for number in range(50)]}
    args = {"report": told} if action == "block.set" else told
    assert ann.do(action, space=pair, **args)["ok"]
    [row] = json.loads(asking(world, olga)(QUEUE))["reports"]
    report = shown(world, olga, row["id"])
    assert len(report["messages"]) == 50
    cut = [message for message in report["messages"] if message.get("shortened")]
    assert all(len(message["text"]) == 200 for message in cut)
    assert bool(cut) == (letter == "\u200b")
