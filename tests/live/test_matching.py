"""From "I need someone" to the first message, on a running server whose timers run by themselves."""

import uuid

import pytest

LETTERS = str.maketrans("0123456789", "ghijklmnop")
FOR_YEARS = 4_102_444_800_000  # ms: 2100


@pytest.fixture
def sam(server, online):
    """Return a specialist whom others can be brought to, alone in a language of the test's own."""
    language = f"x{uuid.uuid4().hex[:2].translate(LETTERS)}"
    sam, olga, sue = online("specialist"), online("operator"), server.user("supervisor")
    week = [[day, 0, 1440] for day in range(7)]
    steps = [
        sam.do("profile.edit", languages={language: 3}),
        sam.do("availability.set", zone="Europe/Berlin", weekly=week),
        sam.do("fact.put", id="f1", topic="grief_loss", kind="lived", depth=3, tier="profile"),
        sam.do("practice.edit", name="Sam", places=1),
        olga.do("specialist.certify", specialist=sam.tokens["handle"], supervisor=sue["handle"], until=FOR_YEARS),
    ]
    assert all(step["ok"] for step in steps), steps
    sam.language = language
    return sam


def heard(live, phone, kind):
    """Wait until a connected phone is shown a record of some kind, and let it pull."""
    live.wait(lambda: any(frame.get("change", {}).get("kind") == kind for frame in live.frames))
    phone.pull()
    return phone.records(kind)[0]


def request_of(phone):
    return phone.records("request")[0]["data"]["state"] if phone.records("request") else None


def test_a_peer_chooses_from_a_list_that_comes_by_itself_and_they_can_talk(online, connect, sam):
    ann = online()
    sams, anns = connect(sam.tokens, sam), connect(ann.tokens, ann)
    assert ann.do("request.open", id="r1", topics={"grief_loss": 3}, languages={sam.language: 3})["ok"]
    (person,) = heard(anns, ann, "shortlist")["data"]["people"]
    assert [reason["code"] for reason in person["reasons"]] == ["both_know", "speaks"]

    assert ann.do("request.choose", id="r1", person=person["id"])["ok"]
    assert sam.do("offer.accept", id=heard(sams, sam, "offer")["id"])["ok"]

    pairing = heard(anns, ann, "pairing")
    assert ann.do("agreement.sign", space=pairing["space"], sha256=pairing["data"]["proposed"])["ok"]
    assert ann.do("message.send", space=pairing["space"], id="m1", text="hello", origin="person")["ok"]
    heard(sams, sam, "message")
    assert sam.texts(pairing["space"]) == ["hello"]
    assert request_of(ann) == "paired"


def test_the_first_who_can_is_asked_without_a_list(online, connect, sam):
    ann = online()
    sams = connect(sam.tokens, sam)
    wish = {"topics": {"grief_loss": 3}, "languages": {sam.language: 3}, "mode": "first_who_can"}
    assert ann.do("request.open", id="r1", **wish)["ok"]
    assert heard(sams, sam, "offer")["data"]["state"] == "sent"
    ann.pull()
    assert request_of(ann) == "offered"
