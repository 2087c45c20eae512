"""Requests, offers, agreements and facts as rows of client databases: they do what the commands do, or come back."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from schemas.table import TABLES
from server.accounts.tokens import Tokens
from sync.clock import HOUR
from tests.conftest import CONFIG
from tests.matched import EVERY_DAY, listening, looking, matched, shortlist
from tests.sealed import stored
from tests.sync.client_databases import Melon, Rx
from tests.sync.conftest import ADAPTERS

pytestmark = pytest.mark.in_memory


@pytest.fixture(params=[Melon, Rx], ids=["watermelondb", "rxdb"])
def app(request, world) -> Iterator[Callable[[Any], Any]]:
    """Return a function that opens a client database for whoever has a phone."""
    return lambda phone: request.param(world, phone)


@pytest.fixture
def olga(world, sam):
    """Return an operator; sam is certified, and can be found."""
    world.person("sue", "supervisor")
    olga = world.phone(world.person("olga", "operator"))
    listening(world, sam, olga)
    return olga


ASKED = {"topics": {"grief_loss": 3}, "languages": {"en": 3}}


def test_a_request_that_is_made_as_a_row_is_what_the_command_makes(world, app, ann, bob, olga):
    anns = app(ann)
    anns.create("request", "r1", **ASKED, name="Ann", quiet=["grief_loss"])
    bob.do("request.open", id="r1", **ASKED, name="Ann", quiet=["grief_loss"])
    ann.sync(), bob.sync()
    [mine], [theirs] = ann.records("request"), bob.records("request")
    assert mine["data"] == theirs["data"]
    world.parts.scheduler.run()
    row = anns.only("request")
    assert (row["state"], row["mode"], row["patience_hours"]) == ("shortlisted", "choose", 72)
    assert row["quiet"] == ["grief_loss"]
    assert [person["name"] for person in anns.only("shortlist")["people"]] == ["Sam"]


def test_a_request_that_says_what_a_row_can_say_is_what_the_command_makes(app, ann, bob, olga):
    more = {
        "mode": "first_who_can", "must": {"gender": "woman", "topics": ["grief_loss"]}, "wishes": {"style": "gentle"},
        "asynchronous": True, "apart": ["acme"], "patience_hours": 24, "note": "Hello.",
    }  # fmt: skip
    app(ann).create("request", "r1", **ASKED, **more)
    bob.do("request.open", id="r1", **ASKED, **more)
    ann.sync(), bob.sync()
    assert ann.records("request")[0]["data"] == bob.records("request")[0]["data"]


def test_the_places_of_a_request_stay_those_it_was_opened_with(app, ann, olga):
    anns = app(ann)
    anns.create("request", "r1", **ASKED, apart=["acme"])
    anns.change("request", "r1", apart=["acme", "school"], name="Annie")
    row = anns.only("request")
    assert (row["apart"], row["name"]) == (["acme"], "Annie")


def test_a_request_that_cannot_be_opened_goes(app, ann, sam, olga):
    for phone, cells in ((ann, {"topics": {"grief_loss": 3}}), (sam, ASKED), (ann, {"languages": {"en": 3}})):
        one = app(phone)
        one.create("request", "r1", **cells)
        one.pull()
        assert one.local["request"] == {}
        phone.sync()
        assert phone.records("request") == []


def test_what_a_request_rests_on_is_stored_before_it(world, ann, olga):
    """WatermelonDB pushes all tables at once, whatever the person did first."""
    anns = Melon(world, ann)
    ann.do("profile.edit", name="Ann")
    anns.pull()
    profile = anns.changed("profile", "me", languages={"en": 3})
    request = {"id": "r1", "topics": json.dumps(ASKED["topics"])}
    tables = {"request": {"created": [request]}, "profile": {"updated": [profile]}}
    anns.call("POST", f"watermelondb/sync?last_pulled_at={anns.last}", tables)
    assert anns.only("request")["languages"] == {"en": 3}


def test_who_is_chosen_in_a_row_is_asked(world, app, sam, ann, olga):
    looking(world, ann, "r1")
    anns = app(ann)
    anns.pull()
    anns.change("request", "r1", person=shortlist(ann, "r1")[0])
    assert anns.only("request")["state"] == "offered"
    assert anns.local["shortlist"] == {}
    sam.sync()
    assert [offer["data"]["state"] for offer in sam.records("offer")] == ["sent"]


def test_who_is_chosen_and_is_not_on_the_list_is_taken_and_the_row_says_so(world, app, sam, ann, olga):
    looking(world, ann, "r1")
    anns = app(ann)
    anns.change("request", "r1", person="nobody")
    row = anns.only("request")
    assert (row["state"], row["last"], row["person"]) == ("open", "taken", None)
    sam.sync()
    assert sam.records("offer") == []


@pytest.mark.parametrize(
    ("cells", "became"),
    [
        ({"state": "withdrawn"}, {"state": "withdrawn"}),
        ({"state": "open"}, {"state": "open"}),
        ({"relax": "gender"}, {"must": {}, "wishes": {"gender": "woman"}, "relax": None}),
        ({"relax": "lived"}, {"must": {"gender": "woman", "lived": False}, "relax": None}),
        ({"topics": {"loneliness": 2}}, {"topics": {"loneliness": 2}, "state": "open"}),
        ({"patience_hours": 9, "mode": "first_who_can"}, {"patience_hours": 9, "mode": "first_who_can"}),
    ],
)
def test_a_request_is_changed_by_its_row(world, app, ann, olga, cells, became):
    looking(world, ann, "r1", must={"gender": "woman"})
    anns = app(ann)
    anns.change("request", "r1", **cells)
    row = anns.only("request")
    assert {name: row[name] for name in became} == became


@pytest.mark.parametrize(
    "cells", [{"state": "paired"}, {"state": "offered"}, {"priority": True}, {"relax": "hours."}, {"opened_at": 1}]
)
def test_a_request_comes_back_as_it_was(world, app, ann, olga, cells):
    looking(world, ann, "r1")
    anns = app(ann)
    before = anns.only("request")
    anns.change("request", "r1", **cells)
    anns.local["request"]["r1"] |= cells  # as the client has it now
    world.wait(4000)
    assert anns.only("request") == before


@pytest.fixture
def asked(world, sam, ann, olga):
    """Let ann choose sam, who has not answered."""
    looking(world, ann, "r1")
    assert ann.do("request.choose", id="r1", person=shortlist(ann, "r1")[0])["ok"]


def test_an_offer_is_accepted_by_its_row(app, sam, ann, asked):
    sams = app(sam)
    sams.pull()
    sams.change("offer", sams.the_one("offer"), state="accepted")
    offer, pairing = sams.only("offer"), sams.only("pairing")
    assert (offer["state"], pairing["state"]) == ("accepted", "agreement_pending")
    assert offer["pairing"] == sams.the_one("pairing")
    ann.sync()
    assert ann.records("request")[0]["data"]["state"] == "paired"
    assert len(ann.spaces()) == 1


def test_an_offer_is_declined_by_its_row(app, sam, ann, asked):
    sams = app(sam)
    sams.pull()
    sams.change("offer", sams.the_one("offer"), state="declined", reason="too close to home", not_now=["loneliness"])
    offer = sams.only("offer")
    assert (offer["state"], offer["reason"], offer["topics"]) == ("declined", "too close to home", {})
    assert sams.only("practice")["avoid"] == ["loneliness"]
    ann.sync()
    assert ann.records("request")[0]["data"]["state"] == "open"
    assert "too close" not in str(ann.replica)


@pytest.mark.parametrize("answer", ["accepted", "declined", "sent"])
def test_an_offer_that_was_taken_back_meanwhile_comes_back_so(world, app, sam, ann, asked, answer):
    sams = app(sam)
    sams.pull()
    assert ann.do("request.withdraw", id="r1")["ok"]
    if isinstance(sams, Melon):
        sams.push("offer", updated=[sams.changed("offer", sams.the_one("offer"), state=answer)])
    else:
        sams.push("offer", sams.changed("offer", sams.the_one("offer"), state=answer))
    world.wait(4000)
    assert sams.only("offer")["state"] == "withdrawn"
    assert sams.local["pairing"] == {}


@pytest.fixture
def agreeing(sam, ann, asked):
    """Let sam accept: both have a pairing, and ann has not signed."""
    sam.sync()
    assert sam.do("offer.accept", id=sam.records("offer")[0]["id"])["ok"]
    sam.sync(), ann.sync()


def test_an_agreement_is_signed_by_its_row(app, sam, ann, agreeing):
    anns = app(ann)
    anns.pull()
    anns.change("agreement", anns.the_one("agreement"), state="in_force")
    assert (anns.only("agreement")["state"], anns.only("pairing")["state"]) == ("in_force", "active")
    [space] = ann.spaces()
    assert ann.do("message.send", space=space, id="m1", text="hello", origin="person")["ok"]
    sam.sync()
    assert sam.texts(space) == ["hello"]


@pytest.mark.parametrize("state", ["in_force", "declined"])
def test_what_was_replaced_meanwhile_is_not_signed_by_its_row(world, app, sam, ann, agreeing, state):
    """Ann signs what is on her screen, and nothing else."""
    anns = app(ann)
    anns.pull()
    first = anns.the_one("agreement")
    [space] = ann.spaces()
    assert sam.do("agreement.propose", space=space, id="a2", terms={"weeks": 2})["ok"]
    changed = anns.changed("agreement", first, state=state)
    if isinstance(anns, Melon):
        answer = anns.world.parts.app.test_client()
        token, _ = Tokens(CONFIG.secret_keys).access(anns.caller, world.time)
        tables = {"agreement": {"created": [], "updated": [changed], "deleted": []}}
        path = f"{ADAPTERS}/watermelondb/sync?last_pulled_at={anns.last}"
        assert answer.post(path, json=tables, headers={"Authorization": f"Bearer {token}"}).status_code in {200, 409}
    else:
        anns.push("agreement", changed)
    world.wait(4000)
    anns.pull()
    assert {row["state"] for row in anns.local["agreement"].values()} == {"replaced", "proposed"}
    ann.sync()
    assert ann.records("pairing")[0]["data"]["state"] == "agreement_pending"


def test_an_agreement_is_proposed_declined_and_withdrawn_from_by_rows(app, sam, ann, agreeing):
    anns, sams = app(ann), app(sam)
    anns.pull(), sams.pull()
    [space] = ann.spaces()
    anns.create("agreement", "mine", space=space, terms={"weeks": 3, "locale": "de"})
    anns.pull(), sams.pull()
    weeks = {
        sams.read("agreement", "terms", row["terms"])["weeks"]: name for name, row in sams.local["agreement"].items()
    }
    assert weeks.keys() == {12, 3}
    sams.change("agreement", weeks[3], state="declined")
    sams.pull()
    assert sams.local["agreement"][weeks[3]]["state"] == "declined"
    sam.sync()
    assert sam.records("pairing")[0]["data"]["proposed"] is None


def test_an_agreement_in_force_is_withdrawn_from_by_its_row(world, app, sam, ann, olga):
    matched(world, sam, ann)
    anns = app(ann)
    anns.pull()
    anns.change("agreement", anns.the_one("agreement"), state="withdrawn")
    assert (anns.only("agreement")["state"], anns.only("pairing")["state"]) == ("withdrawn", "paused")


@pytest.mark.parametrize(("state", "became"), [("paused", "paused"), ("rematch", "ended"), ("ended", "ended")])
def test_a_pairing_is_paused_and_parted_from_by_its_row(world, app, sam, ann, olga, state, became):
    matched(world, sam, ann)
    anns = app(ann)
    anns.pull()
    anns.change("pairing", anns.the_one("pairing"), state=state)
    assert anns.only("pairing")["state"] == became
    assert anns.only("request")["state"] == {"rematch": "open", "ended": "ended"}.get(state, "paired")
    if state == "paused":
        anns.change("pairing", anns.the_one("pairing"), state="active")
        assert anns.only("pairing")["state"] == "active"


def test_a_fact_is_written_narrowed_and_deleted_by_its_row(world, app, sam, ann, olga):
    space = matched(world, sam, ann)
    anns = app(ann)
    anns.create("fact", "f1", topic="grief_loss", kind="lived", tier="paired")
    sam.sync()
    assert [row["data"]["facts"] for row in sam.records("introduction", space) if row["author"] != sam.spaces()[space]]
    anns.change("fact", "f1", tier="match_only")
    row = anns.only("fact")
    assert (row["tier"], row["depth"]) == ("match_only", 2)
    sam.sync()
    assert [row for row in sam.records("introduction", space) if row["author"] != sam.spaces()[space]] == []
    anns.change("fact", "f1", tier="profile", seen="match_only")
    assert anns.only("fact")["tier"] == "profile"
    anns.delete("fact", "f1")
    anns.pull()
    assert anns.local["fact"] == {}


def test_a_fact_that_was_narrowed_elsewhere_is_not_widened_by_a_row_that_does_not_know(world, app, ann, olga):
    """As the libraries merge: the person widened it offline, the row then took over what had changed there."""
    anns = app(ann)
    ann.do("fact.put", id="f1", topic="grief_loss", kind="lived", tier="paired")
    anns.pull()
    mine = {"tier": "profile", "seen": "paired"}
    taken = {name for name, value in mine.items() if anns.local["fact"]["f1"][name] != value}  # what the library notes
    assert ann.do("fact.put", id="f1", tier="private")["ok"]
    anns.change("fact", "f1", **{name: mine[name] for name in taken})
    world.wait(4000)
    assert anns.only("fact")["tier"] == "private"


def test_a_fact_that_is_widened_without_a_word_comes_back(world, app, ann):
    anns = app(ann)
    anns.create("fact", "f1", topic="grief_loss", kind="lived", tier="private")
    anns.pull()
    anns.local["fact"]["f1"]["seen"] = ""
    anns.change("fact", "f1", tier="profile", seen="paired")
    world.wait(4000)
    assert anns.only("fact")["tier"] == "private"


def test_hours_practice_and_story_are_edited_by_their_rows(world, app, sam, ann, olga):
    sams, anns = app(sam), app(ann)
    sams.pull()
    sams.change("availability", "me", weekly=[[0, 60, 120]], exceptions={"2026-12-24": []})
    sams.change("practice", "me", places=5, avoid=["loneliness"], comfort={"grief_loss": 3})
    hours, practice = sams.only("availability"), sams.only("practice")
    assert (hours["weekly"], hours["exceptions"]) == ([[0, 60, 120]], {"2026-12-24": []})
    assert (practice["places"], practice["avoid"], practice["comfort"]) == (5, ["loneliness"], {"grief_loss": 3})
    kept = stored(world.mongo, {"kind": "specialist"})[0]["data"]
    assert (kept["practice"]["places"], kept["availability"]["weekly"]) == (5, [[0, 60, 120]])
    anns.create("availability", "me", zone="Europe/Madrid", weekly=EVERY_DAY)
    anns.create("story", "me", text="It began in winter.")
    assert anns.only("availability")["weekly"] == EVERY_DAY
    assert (anns.only("story")["text"], anns.only("story")["shared"]) == ("It began in winter.", [])


def test_a_handover_is_refused_by_its_row(world, app, sam, ann, olga):
    space = matched(world, sam, ann)
    assert sam.do("handover.announce", pairing=space.removeprefix("pair:"), until=world.time + HOUR)["ok"]
    anns, sams = app(ann), app(sam)
    anns.pull(), sams.pull()
    sams.change("handover", sams.the_one("handover"), state="refused")  # it is the peer who says so
    world.wait(4000)
    assert sams.only("handover")["state"] == "announced"
    anns.change("handover", anns.the_one("handover"), state="refused")
    assert anns.only("handover")["state"] == "refused"


@pytest.mark.parametrize("table", ["shortlist", "introduction", "credential", "story_card"])
def test_what_the_server_alone_says_comes_back_as_it_was(world, app, sam, ann, olga, table):
    ann.do("fact.put", id="f1", topic="grief_loss", kind="lived", tier="paired")
    ann.do("story.edit", text="It began in winter.")
    space = matched(world, sam, ann)
    ann.do("story.share", space=space)
    listening(world, world.phone(world.person("tom", "specialist")), olga)
    looking(world, ann, "r2", topics={"grief_loss": 1})
    one = app(sam if table == "credential" else ann)
    one.pull()
    before = {name: dict(row) for name, row in one.local[table].items()}
    assert before, "need a row for this test to mean anything"
    row = next(iter(before))
    changed = {name: value for name, value in {"people": [], "facts": [], "until": 1, "text": "x"}.items()
               if name in TABLES[table].columns}  # fmt: skip
    one.change(table, row, **changed)
    one.delete(table, row)
    world.wait(4000)
    one.local[table] = {}
    fresh = app(sam if table == "credential" else ann)
    fresh.pull()
    one.pull()
    assert one.local[table].keys() == {row}, "the row is given again"
    assert fresh.local[table] == before
