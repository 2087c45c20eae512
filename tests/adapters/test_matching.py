"""Two people find each other through the real libraries: a request, a choice, an offer, an agreement, and facts."""

import json
from collections.abc import Callable, Iterator
from string import ascii_lowercase
from typing import Any

import pytest

from schemas.table import TABLES
from sync.clock import DAY
from tests.adapters import rxdb
from tests.adapters.program import Program
from tests.adapters.rxdb import Bare, eventually, same
from tests.matched import EVERY_DAY

TONGUES = (f"q{second}{third}" for second in ascii_lowercase[:20] for third in ascii_lowercase)  # of private use


@pytest.fixture(scope="module")
def node() -> Iterator[Program]:
    running = rxdb.program()
    yield running
    running.end()


@pytest.fixture
def rx(server, node) -> Iterator[Callable[..., rxdb.App]]:
    """Return a function that opens an app with RxDB for somebody."""
    opened: list[rxdb.App] = []

    def make(phone: Any, *collections: str, **how: Any) -> rxdb.App:
        bare = Bare(server.address, phone.tokens["access_token"])
        usual = {"version": 17, "live": "socket", "gate": True, "conflicts": "merge", "retry": 200}
        how = {**usual, "collections": collections, "schemas": bare.schemas(), **how}
        bare.close()
        opened.append(rxdb.App(node, address=server.address, tokens=server.device(phone.tokens), **how))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def tongue(online, sam) -> str:
    """Return a language that only sam speaks: other tests on this server have specialists, too."""
    language = next(TONGUES)
    operator, supervisor = online("operator"), online("supervisor")
    for outcome in (
        sam.do("profile.edit", languages={language: 3}),
        sam.do("availability.set", zone="Europe/Berlin", weekly=EVERY_DAY),
        sam.do("practice.edit", name="Sam", places=2),
        sam.do("fact.put", id="f1", topic="grief_loss", kind="lived", depth=3, tier="profile"),
        operator.do(
            "specialist.certify",
            specialist=sam.tokens["handle"],
            supervisor=supervisor.tokens["handle"],
            until=sam.now() + 90 * DAY,
        ),
    ):
        assert outcome["ok"], outcome
    return language


def test_two_people_find_each_other_in_apps_with_rxdb(rx, sam, ann, tongue):
    anns = rx(ann, "request", "shortlist", "pairing", "membership", "agreement", "message")
    sams = rx(sam, "offer", "pairing")
    request = anns.do("ask", topics={"grief_loss": 3}, more={"languages": {tongue: 3}, "name": "Ann"})
    [listed] = eventually(lambda: list(anns.rows("shortlist").values()))
    [person] = listed["people"]
    assert (listed["id"], person["name"]) == (request, "Sam")
    anns.do("choose", request=request, person=person["id"])
    [offer] = eventually(lambda: list(sams.rows("offer").values()))
    assert (offer["state"], offer["name"]) == ("sent", "Ann")
    sams.do("accept", offer=offer["id"])
    [agreement] = eventually(lambda: list(anns.rows("agreement").values()))
    same({"agreement_pending"}, lambda: {row["state"] for row in anns.rows("pairing").values()})
    anns.do("sign", agreement=agreement["id"])
    for app in (anns, sams):
        same({"active"}, lambda app=app: {row["state"] for row in app.rows("pairing").values()})
    anns.say(agreement["space"], "hello")
    same(["hello"], lambda: [sam.pull(), sam.texts(agreement["space"])][1])
    same({"paired"}, lambda: {row["state"] for row in anns.rows("request").values()})
    assert anns.rows("shortlist") == {}


@pytest.mark.parametrize("version", [17, 16])
def test_an_app_with_rxdb_that_is_updated_keeps_all_it_has(rx, bare, ann, version):
    """The collections are older than matching: their schemas have version 0, and fewer fields."""
    ann.do("profile.edit", name="Ann")
    older = bare(ann).schemas()
    for kind, gone in (("profile", {"languages", "gender", "age_band"}), ("note", set())):
        schema = older[kind]["schema"]
        older[kind]["schema"] = schema | {
            "version": 0,
            "properties": {name: field for name, field in schema["properties"].items() if name not in gone},
            "required": [name for name in schema["required"] if name not in gone],
        }
    before = rx(ann, "profile", "note", version=version, schemas=older)
    eventually(lambda: before.rows("profile"))
    before.offline()
    before.insert("note", "n1", title="written before the update")
    before.close()
    ann.pull()
    assert ann.records("note") == [], "need something that was not sent for this test to mean anything"
    after = rx(ann, "profile", "note", version=version, again=before.name)
    profile = after.rows("profile")["me"]
    assert (profile["name"], profile["languages"]) == ("Ann", {})
    same(["written before the update"], lambda: [ann.pull(), [row["data"]["title"] for row in ann.records("note")]][1])
    after.patch("profile", "me", languages={"en": 3})
    same({"en": 3}, lambda: [ann.pull(), ann.records("profile")[0]["data"].get("languages")][1])
    assert after.errors() == []


@pytest.mark.parametrize("version", [17, 16])
def test_what_a_person_writes_about_themselves_fits_the_schemas_of_rxdb(rx, sam, ann, tongue, version):
    """Also with lists and objects: the libraries validate every document."""
    sams = rx(sam, "practice", "availability", "fact", "profile", version=version)
    eventually(lambda: sams.rows("practice") and sams.rows("availability") and sams.rows("fact"))
    sams.patch("practice", "me", avoid=["loneliness"], comfort={"grief_loss": 3})
    sams.patch("availability", "me", weekly=[[0, 60, 120]], exceptions={"2026-12-24": []})
    for kind in ("practice", "availability"):
        sams.pushed(kind)
    sam.pull()
    assert sam.records("practice")[0]["data"]["avoid"] == ["loneliness"]
    assert sam.records("availability")[0]["data"]["weekly"] == [[0, 60, 120]]
    assert sams.errors() == []


def test_a_fact_is_narrowed_and_widened_in_an_app_with_rxdb(rx, ann):
    anns = rx(ann, "fact")
    anns.insert("fact", "f1", topic="grief_loss", kind="lived", tier="paired")
    for tier in ("private", "profile"):
        eventually(lambda: anns.rows("fact")["f1"]["first_seq"])
        anns.do("share", fact="f1", tier=tier)
        same([tier], lambda: [ann.pull(), [row["data"]["tier"] for row in ann.records("fact")]][1])
        same(tier, lambda: anns.rows("fact")["f1"]["tier"])


def test_a_fact_that_was_narrowed_elsewhere_stays_so_in_an_app_with_rxdb(rx, ann):
    anns = rx(ann, "fact")
    anns.insert("fact", "f1", topic="grief_loss", kind="lived", tier="paired")
    anns.pushed("fact")
    eventually(lambda: anns.rows("fact")["f1"]["first_seq"])
    anns.offline()
    anns.do("share", fact="f1", tier="profile")
    assert ann.do("fact.put", id="f1", tier="private")["ok"]
    anns.online()
    anns.pushed("fact")
    same("private", lambda: anns.rows("fact")["f1"]["tier"])
    ann.pull()
    assert [row["data"]["tier"] for row in ann.records("fact")] == ["private"]


def test_two_people_find_each_other_in_apps_with_watermelondb(app, sam, ann, tongue):
    anns, sams = app(ann), app(sam)
    topics, languages = json.dumps({"grief_loss": 3}), json.dumps({tongue: 3})
    request = anns.create("request", topics=topics, languages=languages, name="Ann")
    anns.sync()
    [row] = eventually(lambda: [anns.sync(), list(anns.rows("shortlist").values())][1])
    [person] = json.loads(row["people"])
    assert (row["id"], person["name"]) == (request, "Sam")
    anns.update("request", request, person=person["id"])
    anns.sync(2)
    assert anns.rows("request")[request]["state"] == "offered"
    sams.sync()
    [offer] = sams.rows("offer")
    sams.update("offer", offer, state="accepted")
    sams.sync(2), anns.sync()
    [agreement] = anns.rows("agreement")
    anns.update("agreement", agreement, state="in_force")
    anns.sync(2), sams.sync()
    for one in (anns, sams):
        assert [row["state"] for row in one.rows("pairing").values()] == ["active"]
    space = anns.rows("agreement")[agreement]["space"]
    anns.send(space, "hello")
    anns.sync()
    sam.pull()
    assert sam.texts(space) == ["hello"]


def test_a_fact_that_was_narrowed_elsewhere_stays_so_in_an_app_with_watermelondb(app, ann):
    anns = app(ann)
    fact = anns.create("fact", topic="grief_loss", kind="lived", tier="paired")
    anns.sync(2)
    anns.update("fact", fact, tier="profile", seen="paired")
    assert ann.do("fact.put", id=fact, tier="private")["ok"]
    anns.sync(3)
    assert anns.rows("fact")[fact]["tier"] == "private"
    anns.update("fact", fact, tier="profile", seen="private")
    anns.sync(2)
    assert anns.rows("fact")[fact]["tier"] == "profile"


def test_nobody_who_is_connected_is_shown_what_beside_keeps_of_others(connect, online, sam, ann, tongue):
    """Everybody listens to the frames and to all collections while two people are matched."""
    eve, olga = online("specialist"), online("operator")
    people = (sam, ann, eve, olga)
    sockets = {phone.user: connect(phone.tokens) for phone in people}
    changes: dict[str, list[Any]] = {phone.user: [] for phone in people}
    for user, socket in sockets.items():
        socket.io.on("sync:changes", changes[user].append)
        for collection in TABLES:
            assert "error" not in socket.call("sync:subscribe", {"collection": collection})
    ann.do("request.open", id="r1", topics={"grief_loss": 3}, languages={tongue: 3})
    [listed] = eventually(lambda: [ann.sync(), ann.records("shortlist")][1])
    assert ann.do("request.choose", id="r1", person=listed["data"]["people"][0]["id"])["ok"]
    [offer] = [sam.sync(), sam.records("offer")][1]
    assert sam.do("offer.accept", id=offer["id"])["ok"]
    ann.sync()
    [pairing] = ann.records("pairing")
    assert ann.do("agreement.sign", space=pairing["space"], sha256=pairing["data"]["proposed"])["ok"]
    for phone in (sam, ann):
        sockets[phone.user].wait(lambda phone=phone: "in_force" in str(sockets[phone.user].frames))
        eventually(lambda phone=phone: "in_force" in str(changes[phone.user]))
    for phone in people:
        shown = str(sockets[phone.user].frames) + str(changes[phone.user])
        others = [other.user for other in people if other is not phone]
        assert [word for word in ("match:", "roster:", *others) if word in shown] == []
    assert sockets[eve.user].frames == sockets[olga.user].frames == []
