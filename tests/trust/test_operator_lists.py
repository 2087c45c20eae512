"""What operators see of calls for help, of who is on call, of closed reports, and of specialists who never began."""

import json

import pytest

from sync.clock import DAY
from tests.signing_in import Person
from tests.trust.calling import WORDS, call, calls, climb, raised, staff_of


@pytest.fixture
def staff(world, sam, pair):
    return staff_of(world, sam)


@pytest.fixture
def otto(world):
    return Person(world, "otto", "operator")


def run(world, *args):
    done = world.parts.app.test_cli_runner().invoke(args=list(args))
    assert done.exit_code == 0, done.output
    return done.output


def test_a_call_for_help_is_seen_until_it_is_over_and_never_who_called_or_what_was_said(world, staff, ann, otto):
    raised(ann, words=WORDS)
    climb(world, 3)
    [seen] = otto.gets("GET", "operator/sos")["sos"]
    assert seen == {
        "since": seen["since"], "state": "raised", "rung": "on_call", "taken_by": None, "taken_at": None,
        "called": [
            {"handle": "oscar", "as": "on_call", "state": "open"},
            {"handle": "sam", "as": "specialist", "state": "open"},
        ],
    }  # fmt: skip
    assert "oscar (on_call, open), sam (specialist, open)" in run(world, "sos", "list")
    assert staff["sam"].do("call.take", id=call(staff["sam"]))["ok"]
    [taken] = otto.gets("GET", "operator/sos")["sos"]
    assert (taken["state"], taken["taken_by"], taken["taken_at"]) == ("taken", "sam", world.time)
    assert [one["handle"] for one in taken["called"]] == ["sam"]
    assert WORDS not in str([seen, taken])
    assert "ann" not in str([seen, taken])
    assert ann.do("sos.close", id="s1")["ok"]
    assert otto.gets("GET", "operator/sos")["sos"] == []
    assert run(world, "sos", "list") == "No call for help is open.\n"


def test_nothing_is_due_of_a_call_that_somebody_has_taken(world, staff, ann):
    raised(ann)
    assert staff["sam"].do("call.take", id=call(staff["sam"]))["ok"]
    climb(world, 60)
    assert calls(staff["oscar"]) == []


def test_who_is_on_call_is_listed_and_changed(world, staff, otto):
    said = run(world, "on-call", "add", "sam", "--hours", "fri-sun 18:00-22:30", "--zone", "europe/berlin")
    assert said == "sam is on call: fri sat sun 18:00-22:30 (europe/berlin)\n"
    people = otto.gets("GET", "operator/on-call")["people"]
    assert [(one["handle"], one["zone"], one["now"]) for one in people] == [
        ("oscar", "UTC", True), ("sam", "Europe/Berlin", False),
    ]  # fmt: skip
    assert people[1]["weekly"] == [[day, 1080, 1350] for day in (4, 5, 6)]
    assert run(world, "on-call", "remove", "oscar") == "oscar is not on call any more\n"
    assert [one["handle"] for one in json.loads(run(world, "on-call", "list", "--json"))["people"]] == ["sam"]


def test_reports_that_are_closed_are_listed_newest_first(world, pair, ann, otto):
    olga = world.phone(world.person("olga", "operator"))
    for number in (1, 2, 3):
        assert ann.do("report.file", space=pair, id=f"r{number}", ground="money", words="He asked.")["ok"]
        world.wait(1000)
    names = [one["id"] for one in otto.gets("GET", "operator/reports")["reports"]]
    for name in (names[1], names[0]):
        world.wait(1000)
        assert olga.do("report.close", id=name, outcome="spoken_to")["ok"]
    closed = otto.gets("GET", "operator/reports?state=closed")
    assert [(one["id"], one["outcome"]) for one in closed["reports"]] == [
        (names[0], "spoken_to"), (names[1], "spoken_to"),
    ]  # fmt: skip
    assert closed["reports"][0]["closed_at"] == world.time
    assert "He asked." not in str(closed)
    assert [one["id"] for one in otto.gets("GET", "operator/reports?state=open")["reports"]] == [names[2]]
    assert otto.refused("GET", "operator/reports?state=lost") == (400, "bad_request")
    assert [line.split()[0] for line in run(world, "report", "list", "--state", "closed").splitlines()] == [
        "id", names[0], names[1],
    ]  # fmt: skip


def test_specialists_who_never_began_are_listed(world, sam, otto):
    world.person("new", "specialist", certified=False)
    assert otto.gets("GET", "operator/never-began")["specialists"] == []
    world.wait(15 * DAY)
    otto.token = otto.fresh_token()
    assert [(one["handle"], one["missing"]) for one in otto.gets("GET", "operator/never-began")["specialists"]] == [
        ("new", ["practice", "credential"]), ("sam", ["practice"]),
    ]  # fmt: skip
    assert sam.do("practice.edit", places=2)["ok"]
    assert json.loads(run(world, "specialist", "never-began", "--json"))["specialists"][1:] == []


def test_a_specialist_leaves_by_command_on_a_day_as_people_write_it(world, sam, ann, pair):
    said = run(world, "specialist", "leave", "sam", "--until", "2027-03-01 18:00", "--zone", "Europe/Berlin")
    assert said == "sam leaves on 2027-03-01 18:00 (Europe/Berlin)\n"
    ann.sync()
    [handover] = ann.records("handover")
    assert handover["data"]["until"] == 1_803_920_400_000, "17:00 UTC"
    assert "is out of service" in run(world, "specialist", "deactivate", "sam", "--sudden")
    assert "may take people until 2027-06-01 00:00 (Europe/Berlin)" in run(
        world,
        "specialist",
        "certify",
        "sam",
        "--supervisor",
        "vera",
        "--until",
        "2027-06-01",
        "--zone",
        "Europe/Berlin",
    )
