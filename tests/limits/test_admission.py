"""Rates: an account that changes very much is told when to go on; calls for help, deletes, blocks and reports go on."""

from dataclasses import replace

import pytest

from server.app import build
from server.commands.context import COMMANDS
from server.limits.admission import EXEMPT
from server.limits.settings import Limits
from server.limits.token_bucket import TokenBuckets
from server.store import in_flight
from server.store.in_flight import GROUP
from server.store.pending import PendingMutation, Submission
from tests.conftest import CONFIG
from tests.good import GOOD
from tests.http_app import App

pytestmark = pytest.mark.in_memory


@pytest.fixture
def limited(world, monkeypatch):
    """Return a function that sets limits for the world from now on. No time passes: on a busy machine much would."""

    def limit(**limits):
        monkeypatch.setattr(TokenBuckets.__init__, "__defaults__", (lambda: 0.0,))
        world.parts = build(replace(CONFIG, limits=replace(Limits(), **limits)), world.mongo, lambda: world.time)

    return limit


def asked(phone, name, /, **args):
    """Do one thing now, and return its outcome, also one that says 'later'."""
    mutation = phone.does(name, **args)
    phone.outbox.remove(mutation)
    return phone.transport.call("mutate", mutation)


def test_too_many_mutations_are_kept_for_later_and_name_the_limit(world, limited):
    limited(mutations_at_once=3, mutations_per_minute=60)
    ann = world.phone(world.person("ann"))
    outcomes = [asked(ann, "note.put", id=f"n{number}", title="x") for number in range(5)]
    assert [outcome["ok"] for outcome in outcomes] == [True, True, True, False, False]
    error = outcomes[3]["error"]
    assert error["code"] == "rate_limited"
    assert error["details"]["field"] == "mutations_per_minute"
    assert error["details"]["limit"] == 60
    assert 1 <= error["details"]["retry_after"] <= 60
    bob = world.phone(world.person("bob"))
    assert bob.do("note.put", id="n1", title="x")["ok"], "another account is not slowed down"


def test_a_long_outbox_is_worked_through_in_portions_and_nothing_is_lost(world, limited):
    limited(mutations_at_once=3, mutations_per_minute=60)
    ann = world.phone(world.person("ann"))
    for number in range(200):
        ann.does("note.put", id=f"n{number}", title="x")
    answer = ann.transport.call("push", {"mutations": ann.outbox})
    assert 0 < len(answer["outcomes"]) < 200
    assert answer["later"]["code"] == "rate_limited"
    assert answer["later"]["details"]["retry_after"] >= 1
    ann.sync()
    assert ann.outbox, "the rest is kept"
    world.parts = build(CONFIG, world.mongo, lambda: world.time)
    ann.transport.parts = world.parts
    ann.sync()
    assert len([one for one in ann.replica.values() if one["kind"] == "note"]) == 200


def test_what_must_never_wait_goes_on(world, limited, sam, ann, pair):
    assert ann.do("message.send", space=pair, id="m1", text="hello", origin="person")["ok"]
    limited(mutations_at_once=1, mutations_per_minute=1)
    ann = world.phone(ann.transport.caller)
    ann.do("note.put", id="n1", title="x")
    assert asked(ann, "note.put", id="n2", title="x")["error"]["code"] == "rate_limited"
    for name, args in {
        "message.delete": {"space": pair, "id": "m1"},
        "note.delete": {"id": "n1"},
        "sos.raise": GOOD["sos.raise"],
        "report.file": {**GOOD["report.file"], "space": pair, "messages": []},
        "block.set": {"space": pair},
    }.items():
        outcome = ann.do(name, **args)
        assert outcome["ok"], (name, outcome)


def test_a_full_disk_refuses_what_is_new_and_nothing_else(world, sam, ann, pair):
    assert ann.do("message.send", space=pair, id="m1", text="hello", origin="person")["ok"]
    world.parts.disk.is_low = True
    refused = asked(ann, "message.send", space=pair, id="m2", text="hello", origin="person")
    assert refused["error"]["code"] == "try_later"
    assert refused["error"]["details"]["field"] == "disk"
    assert ann.do("message.delete", space=pair, id="m1")["ok"]
    assert ann.do("sos.raise", **GOOD["sos.raise"])["ok"]
    world.parts.disk.is_low = False
    assert ann.do("message.send", space=pair, id="m3", text="hello", origin="person")["ok"]


def test_what_was_done_before_is_answered_also_when_nothing_new_is_taken(world, ann):
    mutation = ann.does("note.put", id="n1", title="x")
    assert ann.transport.call("mutate", mutation)["ok"]
    world.parts.disk.is_low = True
    assert ann.transport.call("mutate", mutation)["ok"]


def test_invitations_are_limited_by_the_day(world, limited):
    limited(invitations_per_day=2)
    sam = world.phone(world.person("sam", "specialist"))
    outcomes = [asked(sam, "pairing.invite", name="Sam") for _ in range(3)]
    assert [outcome["ok"] for outcome in outcomes] == [True, True, False]
    assert outcomes[2]["error"]["details"]["field"] == "invitations_per_day"


def test_requests_are_limited_by_the_day_also_if_each_is_withdrawn(world, limited):
    """Each may name other places to keep away from: many would tell which of them a specialist has named."""
    limited(requests_per_day=2)
    ann = world.phone(world.person("ann"))
    outcomes = []
    for number in range(3):
        ask = {"id": f"r{number}", "topics": {"grief_loss": 3}, "languages": {"en": 3}}
        outcomes.append(asked(ann, "request.open", **ask))
        ann.do("request.withdraw", id=f"r{number}")
    assert [outcome["ok"] for outcome in outcomes] == [True, True, False]
    assert outcomes[2]["error"]["details"]["field"] == "requests_per_day"


def test_reports_are_limited_by_the_day_and_a_block_without_one_goes_on(world, limited, sam, ann, pair):
    limited(reports_per_day=2)
    ann = world.phone(ann.transport.caller)
    for number in range(2):
        assert ann.do("report.file", **{**GOOD["report.file"], "id": f"p{number}", "space": pair, "messages": []})["ok"]
    third = {"id": "p3", "space": pair, "ground": "other"}
    assert asked(ann, "report.file", **third)["error"]["details"]["field"] == "reports_per_day"
    with_report = {"space": pair, "report": {"id": "p4", "ground": "other"}}
    assert asked(ann, "block.set", **with_report)["error"]["details"]["field"] == "reports_per_day"
    assert ann.do("block.set", space=pair)["ok"]


def test_what_is_exempt_is_not_without_end(world, limited, ann):
    """It has an allowance of its own, and calls for help have another one."""
    limited(mutations_at_once=1, mutations_per_minute=1)
    ann = world.phone(ann.transport.caller)
    outcomes = [asked(ann, "note.delete", id=f"n{number}") for number in range(EXEMPT + 1)]
    assert all(outcome["ok"] for outcome in outcomes[:EXEMPT])
    assert outcomes[EXEMPT]["error"]["code"] == "rate_limited"
    assert ann.do("sos.raise", **GOOD["sos.raise"])["ok"]


def test_wrong_rows_of_client_databases_count_as_mutations(world, limited, ann):
    """They ask for no command, and are sent once more."""
    limited(mutations_at_once=10, mutations_per_minute=1)
    app = App(world, ann)
    rows = [
        {"newDocumentState": {"id": f"m{number}", "space": "pair:nowhere", "text": "x", "_deleted": False}}
        for number in range(15)
    ]
    assert app.answer("adapters/rxdb/message/push", rows).status_code == 200
    refused = app.answer("adapters/rxdb/message/push", rows)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (429, "rate_limited")


def test_accounts_take_turns_in_the_queue():
    """Whoever sends very much waits for all others, and not they for it."""
    queue = in_flight.InFlightGroups()

    def waits(user, name, mutations=1, command="note.put"):
        some = [PendingMutation(f"{user}|{name}{n}", "", command, lambda _: [], user=user) for n in range(mutations)]
        assert queue.add(Submission(some))

    def served():
        return [submission.user for submission in queue.group()]

    for number in range(20):
        waits("greedy", f"g{number}", GROUP)
    assert served() == ["greedy"]
    waits("ann", "a")
    waits("sam", "s")
    assert served() == ["ann", "sam", "greedy"]
    waits("ann", "b")
    waits("eve", "sos", command="sos.raise")
    assert served() == ["eve", "ann", "greedy"]
    assert served() == ["greedy"]


def test_each_invitation_of_a_batch_counts(world, limited):
    limited(invitations_per_day=4)
    sam = world.phone(world.person("sam", "specialist"))
    for number in range(3):
        sam.does("pairing.invite", name=f"Sam {number}")
    assert all(outcome["ok"] for outcome in sam.push())
    assert [asked(sam, "pairing.invite", name="Sam")["ok"] for _ in range(2)] == [True, False]


def test_a_batch_may_go_beyond_a_days_limit_once_and_is_then_owed(world, limited, monkeypatch):
    limited(invitations_per_day=4)
    sam = world.phone(world.person("sam", "specialist"))
    for number in range(6):
        sam.does("pairing.invite", name=f"Sam {number}")
    assert all(outcome["ok"] for outcome in sam.push())
    refused = asked(sam, "pairing.invite", name="Sam")["error"]
    assert refused["details"]["retry_after"] > 12 * 3600, "two and one more are to be waited for, four in a day"


def test_what_is_sent_again_or_refused_costs_nothing_of_a_day(world, limited):
    limited(invitations_per_day=3)
    sam, ann = world.phone(world.person("sam", "specialist")), world.phone(world.person("ann"))
    invited = sam.does("pairing.invite", name="Sam")
    for _ in range(3):
        assert sam.transport.call("mutate", invited)["ok"]
    sam.outbox.clear()
    assert not asked(ann, "pairing.invite", name="Ann")["ok"]
    assert [asked(sam, "pairing.invite", name="Sam")["ok"] for _ in range(3)] == [True, True, False]


def test_a_block_without_a_report_is_no_report(world, limited):
    limited(reports_per_day=1)
    sam, ann = world.phone(world.person("sam", "specialist")), world.phone(world.person("ann"))
    space = world.paired(sam, ann)
    for _ in range(3):
        assert asked(ann, "block.set", space=space)["ok"]
        assert asked(ann, "block.lift", space=space)["ok"]
    report = {"ground": "money", "words": "x", "consent": False, "messages": []}
    assert asked(ann, "report.file", space=space, id="r1", **report)["ok"]
    again = asked(ann, "block.set", space=space, report={"id": "r2", **report})
    assert (again["ok"], again["error"]["details"]["field"]) == (False, "reports_per_day")
    assert asked(ann, "block.set", space=space)["ok"], "without the report it goes on"


EXEMPT_KINDS = {"sos", "call", "block", "report"}


def test_calls_for_help_deletes_blocks_and_reports_are_exempt():
    """Every command of these kinds, and every way to take something back; a new one must be looked at here."""
    for name, command in COMMANDS.items():
        kind, _, verb = name.partition(".")
        if not command.internal and (kind in EXEMPT_KINDS or verb in {"delete", "withdraw"}):
            assert command.exempt, name


def test_one_account_does_not_fill_the_queue_of_the_store(monkeypatch):
    monkeypatch.setattr(in_flight, "WAITING_EACH", 2)
    queue = in_flight.InFlightGroups()

    def waits(user, command="note.put"):
        return queue.add(Submission([PendingMutation(f"{user}|m", "", command, lambda _: [], user=user)]))

    assert [waits("greedy"), waits("greedy"), waits("greedy")] == [True, True, False]
    assert waits("other")
    assert waits("greedy", "sos.raise"), "a call for help is always taken"
    assert len(queue.group()) == 4
    assert waits("greedy"), "what is being stored waits no more"
