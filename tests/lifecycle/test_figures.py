"""What is counted of searches while people find each other and part, and what operators are shown of it."""

import csv
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from server.accounts.tokens import Tokens
from server.queries import figures as overtime
from server.queries import suppression
from server.store.accounts import AccountStore
from sync.clock import DAY, HOUR, MINUTE
from tests.conftest import CONFIG, ROOT, START
from tests.lifecycle.matching_fixture import GRIEF, ok
from tests.lifecycle.sweeper import everything

ZERO = ("met", "unmet", "withdrawn", "waiting", "kept_30_days", "ended_sooner", "too_early")


@pytest.fixture
def figures(matching):
    """Return a function that returns what the endpoint answers an operator."""
    caller = matching.olga.transport.caller
    AccountStore(matching.world.mongo).add_device(caller.device, caller.user, "desk", START)

    def read(status=200, who=caller, **query):
        world = matching.world
        token, _ = Tokens(CONFIG.secret_keys).access(who, world.time)
        headers = {"Authorization": f"Bearer {token}"}
        answer = world.parts.app.test_client().get("/api/v1/operator/figures", headers=headers, query_string=query)
        assert answer.status_code == status, answer.get_json()
        return answer.get_json()

    return read


@pytest.fixture
def all_shown(monkeypatch):
    """Hide nothing: a few people are enough to see that the right ones are counted."""
    monkeypatch.setattr(suppression, "LEAST", 0)


@pytest.fixture
def flask(matching):
    def run(*args):
        done = matching.world.parts.app.test_cli_runner().invoke(args=["figures", *args])
        return done.exit_code, done.output

    return run


def counted(figures):
    """Return the numbers of all weeks together, without those that are 0."""
    rows = figures()["rows"]
    sums = {name: sum(row[name] for row in rows) for name in ("opened", *ZERO)}
    return {name: count for name, count in sums.items() if count}


def searches(matching):
    return [one for one in everything(matching.world.mongo) if one.kind == "search"]


@pytest.mark.usefixtures("all_shown")
def test_a_search_counts_as_it_goes(matching, sam, ann, bob, figures):
    assert counted(figures) == {}
    ok(ann.do("request.open", id="r1", topics={"sleep": 3}, patience_hours=5))
    ok(bob.do("request.open", id="r1", topics={"sleep": 3}))
    assert counted(figures) == {"opened": 2, "waiting": 2}
    matching.settle(5 * HOUR)
    ok(bob.do("request.withdraw", id="r1"))
    assert counted(figures) == {"opened": 2, "unmet": 1, "withdrawn": 1}
    ok(ann.do("request.withdraw", id="r1"))
    assert counted(figures) == {"opened": 2, "unmet": 1, "withdrawn": 1}, "nobody was found in time all the same"


@pytest.mark.usefixtures("all_shown")
def test_a_pairing_counts_with_the_search_that_made_it(matching, sam, tom, ann, figures):
    offer = matching.ask(ann, sam)
    matching.settle(3 * HOUR)
    ok(sam.do("offer.accept", id=offer))
    matching.settle()
    assert counted(figures) == {"opened": 1, "met": 1, "too_early": 1}
    assert figures()["rows"][-1]["wait_p50_hours"] == 3
    space = matching.space(ann)
    ok(ann.do("pairing.rematch", pairing=space.removeprefix("pair:")))
    assert counted(figures) == {"opened": 2, "met": 1, "ended_sooner": 1, "waiting": 1}
    matching.settle()
    matching.bond(ann, tom)
    matching.settle(30 * DAY + 15 * MINUTE)
    kept = {"opened": 2, "met": 2, "ended_sooner": 1, "kept_30_days": 1}
    assert counted(figures) == kept
    ok(ann.do("pairing.end", pairing=matching.space(ann).removeprefix("pair:")))
    assert counted(figures) == kept


@pytest.mark.usefixtures("all_shown")
@pytest.mark.parametrize("sudden", [True, False])
def test_who_loses_somebody_is_searched_for_anew(matching, sam, ann, figures, sudden):
    space = matching.bond(ann, sam)
    how = {"sudden": True} if sudden else {}
    name = "specialist.deactivate" if sudden else "specialist.leave"
    ok(matching.olga.do(name, specialist="sam", **(how or {"until": matching.world.time + DAY})))
    matching.settle(DAY)
    assert counted(figures) == {"opened": 2, "met": 1, "ended_sooner": 1, "waiting": 1}
    if not sudden:
        ok(ann.do("handover.refuse", pairing=space.removeprefix("pair:")))
        assert counted(figures) == {"opened": 2, "met": 1, "ended_sooner": 1, "withdrawn": 1}


@pytest.mark.usefixtures("all_shown")
def test_who_deletes_their_account_counts_as_before(matching, sam, ann, bob, figures):
    matching.bond(ann, sam)
    ok(bob.do("request.open", id="r1", topics={"sleep": 3}))
    for phone in (ann, bob):
        matching.world.parts.accounts.remove_confirmed(phone.transport.caller)
    assert counted(figures) == {"opened": 2, "met": 1, "ended_sooner": 1, "withdrawn": 1}


def test_nothing_that_is_counted_tells_who_it_was(matching, sam, ann):
    matching.settle(7 * MINUTE)
    space = matching.bond(ann, sam, note="my secret", topics={"grief_loss": 3})
    ok(ann.do("pairing.end", pairing=space.removeprefix("pair:")))
    [search] = searches(matching)
    assert search.data.keys() == {"from", "state", "met", "hours", "ended"}
    assert [search.data[name] % (15 * MINUTE) for name in ("from", "met", "ended")] == [0, 0, 0]
    assert (search.author, search.hidden) == ("", {})
    names = [ann.user, sam.user, "r1", space.removeprefix("pair:")]
    assert not [name for name in names if name in search.id + search.space]


@pytest.mark.usefixtures("all_shown")
def test_the_load_counts_those_who_can_take_people(matching, sam, ann, figures):
    matching.specialist("tom", places=3)
    una = matching.specialist("una", places=4)
    ok(una.do("practice.pause", until=matching.world.time + DAY))
    matching.specialist("tim", places=5)
    until = matching.world.time + 60 * DAY
    ok(matching.olga.do("sanction.impose", handle="tim", action="suspended", words="Why.", until=until))
    matching.bond(ann, sam)
    assert figures()["load"] == {"specialists": 2, "places": 5, "taken": 1, "free": 4}


def test_numbers_of_few_people_are_hidden_everywhere(matching, sam, figures, flask, tmp_path):
    for number in range(11):
        peer = matching.peer(f"peer{number}")
        ok(peer.do("request.open", id="r1", topics=GRIEF))
        assert set(figures()["rows"][-1].values()) <= {figures()["rows"][-1]["from"], False, None}, "nearly all wait"
        if number:
            ok(peer.do("request.withdraw", id="r1"))
    row = figures()["rows"][-1]
    assert (row["opened"], row["waiting"], row["withdrawn"], row["met"]) == (11, 1, None, None)
    table = tmp_path / "figures.csv"
    code, said = flask("--csv", str(table), "--plot", str(tmp_path / "figures.svg"))
    assert code == 0, said
    assert said.splitlines()[12].split()[1:3] == ["11", "<10*"]
    assert "<10*: under 10, or hidden" in said
    assert "+: this week is not over." in said
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert (len(rows), rows[-1]["opened"], rows[-1]["withdrawn"]) == (12, "11", "<10*")
    assert rows[-1]["wait_p90_hours"] == "-"
    assert "-: hidden with those met" in said
    assert b"</svg>" in (tmp_path / "figures.svg").read_bytes()
    assert '"opened": 11' in flask("--json", "--by", "month")[1]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--plot", "figures.gif"], "ends in .svg or .png"),
        (["--from", "2027-02-30"], "does not match the format"),
        (["--from", "2027-02-01", "--to", "2027-01-01"], "to: Use a day that is not before `from`."),
    ],
)
def test_what_cannot_be_counted_is_said_on_the_command_line(flask, args, said):
    code, output = flask(*args)
    assert (code > 0, said in output) == (True, True), output


def test_only_operators_see_figures(matching, figures):
    caller = matching.sue.transport.caller
    AccountStore(matching.world.mongo).add_device(caller.device, caller.user, "desk", START)
    assert figures(403, who=caller)["error"]["code"] == "forbidden"
    assert figures(400, **{"from": "2027-02-30"})["error"]["details"]["field"] == "from"
    assert figures(400, **{"from": "2000-01-01"})["error"]["details"]["field"] == "from"


def test_only_who_wants_a_picture_waits_for_the_library_that_draws():
    code = "import server.app, sys; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.usefixtures("all_shown")
def test_searches_of_other_times_are_not_read(matching, ann, figures, monkeypatch):
    monkeypatch.setattr(overtime, "PAGE", 1)
    monkeypatch.setattr("sync.record.SHARDS", 1)  # so that all are in one space
    began = []
    for number in range(20):
        ok(ann.do("request.open", id=f"r{number}", topics={"sleep": 3}))
        ok(ann.do("request.withdraw", id=f"r{number}"))
        began.append(datetime.fromtimestamp(matching.world.time / 1000, UTC).astimezone().date().isoformat())
        matching.world.time += 31 * DAY
    read, all_of_them = [], overtime.Figures._searches
    kept = lambda *args: (read.append(one) or one for one in all_of_them(*args))  # noqa: E731
    monkeypatch.setattr(overtime.Figures, "_searches", kept)
    told = figures(**{"from": began[9], "to": began[10], "by": "month"})
    found = [day for day in began if told["from"] <= day <= told["to"]]
    assert (sum(row["withdrawn"] for row in told["rows"]), set(began[9:11]) <= set(found)) == (len(found), True)
    assert len(read) <= len(found) + 1


@pytest.mark.usefixtures("all_shown")
def test_every_search_is_counted_once_however_many_there_are(matching, figures, monkeypatch):
    """They are read in portions; one that changes meanwhile is at the end of its space from then on."""
    monkeypatch.setattr(overtime, "PAGE", 2)
    peers = [matching.peer(f"peer{number}") for number in range(20)]
    for peer in peers:
        ok(peer.do("request.open", id="r1", topics={"sleep": 3}))
        ok(peer.do("request.open", id="r2", topics={"sleep": 3}))

    def withdrawn():
        ok(peers.pop().do("request.withdraw", id="r1")) if peers else None

    monkeypatch.setattr(overtime, "give_way", withdrawn)
    told = counted(figures)
    assert len(peers) < 10, "need searches that change while they are counted"
    assert told["opened"] == 40
