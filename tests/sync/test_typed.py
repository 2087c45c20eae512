"""What people type or apps copy from the system: case, stray spaces and hyphens are nothing to be refused for."""

import pytest

from schemas.agreement import AGREED, STANDARD, digest
from tests.sync.codes import code_of
from tests.sync.details import DETAILS, HERE

pytestmark = pytest.mark.in_memory

PROMPT = "what_brought_you"

TYPED = {
    "small letters": str.lower,
    "spaces for hyphens": lambda code: code.replace("-", " "),
    "nothing for hyphens": lambda code: code.replace("-", ""),
    "hyphens of another kind": lambda code: code.replace("-", "\u2013"),
    "spaces around": lambda code: f"  {code}\n",
    "in other groups": lambda code: f"{code[:2]} {code[2:]}".lower(),
    "full-width": lambda code: "".join(chr(ord(sign) + 0xFEE0) for sign in code),
    "digits that look like letters": lambda code: code.replace("O", "0").replace("B", "8"),
    "in quotes, out of a right-to-left chat": lambda code: f"\u2067\u201c{code}\u201d\u2069.",
    "with zero-width spaces": lambda code: code.replace("-", "-\u200b"),
}


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
def test_the_code_of_an_invitation_is_taken_however_it_is_typed(sam, ann, typed):
    code = code_of(sam.do("pairing.invite"))
    joined = ann.do("pairing.join", agreement=AGREED, code=typed(code))
    assert joined["ok"], joined


@pytest.mark.parametrize(
    "code", ["", "AAAA-BBBB-CCCC", "AAAA-BBBB-CCCC-DDDD-E", "AAAA-BBBB-CCCC-DDD1", "a" * 60_000, 7]
)
def test_what_cannot_be_a_code_is_said_to_be_none(ann, code):
    refused = ann.do("pairing.join", agreement=AGREED, code=code)["error"]
    assert (refused["code"], refused["details"]["field"]) == ("bad_request", "args.code")
    assert len(str(refused)) < 1_000


@pytest.mark.parametrize(
    "handle", [" Ann", "ANN ", "\tann\n", "\u3000Ann", "\ufeffann\u200b", "\u200fAnn", "ann\ufe0f", "a\u034fnn"]
)
def test_spaces_around_a_handle_are_nobody_elses(world, handle):
    accounts, client = world.parts.accounts, world.parts.app.test_client()
    user = accounts.register(DETAILS, HERE)["user"]
    asked = {**DETAILS, "handle": handle}
    answer = client.post("/api/v1/login", json=asked)
    assert (answer.status_code, answer.get_json().get("user")) == (200, user)
    assert client.post("/api/v1/register", json=asked).get_json()["error"]["code"] == "id_taken"


def test_a_programme_may_write_spaces_around_the_handle_of_whom_it_invites_for(world, sam):
    programme = world.phone(world.person("pat", "operator"))
    assert programme.do("pairing.invite", specialist=" Sam ")["ok"]


@pytest.mark.parametrize("handle", ["\u3164\u3164", "a\ufe0f", "\u115f\u1160\u115f", "\ufdfa", "a\u200bb"])
def test_no_account_is_made_with_a_handle_that_cannot_be_seen_or_read(world, handle):
    refused = world.parts.app.test_client().post("/api/v1/register", json={**DETAILS, "handle": handle})
    assert (refused.status_code, refused.get_json()["error"]["details"]["field"]) == (400, "handle")


ZONES = {
    " europe/berlin": "Europe/Berlin", "America/New York": "America/New_York",
    "america/new_york\u200b": "America/New_York",
    "EUROPE/BERLIN": "Europe/Berlin", "utc": "UTC", "America/Argentina/Buenos Aires": "America/Argentina/Buenos_Aires",
}  # fmt: skip


@pytest.mark.parametrize("written", ZONES)
def test_a_time_zone_is_kept_as_it_is_called(world, sam, ann, pair, written):
    zone = ZONES[written]
    assert ann.do("availability.set", zone=written, weekly=[[0, 540, 600]])["ok"]
    assert ann.do("quiet.set", zone=written, spans=[[1320, 420]])["ok"]
    assert ann.do("promise.make", space=pair, id="p1", by="2026-11-24T18:00", zone=written)["ok"]
    assert ann.do("promise.renew", space=pair, id="p1", by="2026-11-25T18:00", zone=written)["ok"]
    kept = {kind: ann.records(kind)[0]["data"]["zone"] for kind in ("availability", "quiet", "promise")}
    assert kept == dict.fromkeys(kept, zone)
    olga = world.phone(world.person("olga", "operator"))
    assert olga.do("watch.edit", handle="sam", hours={"zone": written, "weekly": [[0, 540, 600]], "exceptions": {}})[
        "ok"
    ]
    [people] = [row["data"]["people"] for row in world.mongo.records.find({"kind": "watch"})]
    assert [one["hours"]["zone"] for one in people.values()] == [zone]


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "EST", "localtime", "", "Europe", "Europe//Berlin", "../UTC"])
def test_a_time_zone_that_there_is_not_is_refused(ann, zone):
    refused = ann.do("availability.set", zone=zone)["error"]
    assert (refused["code"], refused["details"]["field"]) == ("bad_request", "args.zone")


def test_the_sha256_of_an_agreement_is_taken_however_it_is_copied(sam, ann):
    invited = sam.do("pairing.invite")
    [pairing] = [row for row in invited["changes"] if row["kind"] == "pairing"]
    assert ann.do("pairing.join", agreement=f" {AGREED.upper()}\n", code=pairing["data"]["code"])["ok"]


LANGUAGES = [("DE", "de"), (" de ", "de"), ("pt_br", "pt-BR"), ("PT-BR", "pt-BR"), ("zh-hant-tw", "zh-Hant-TW")]


@pytest.mark.parametrize(("written", "kept"), LANGUAGES)
def test_a_language_is_one_language_however_it_is_written(ann, written, kept):
    ann.do("profile.edit", languages={written: 2})
    assert ann.records("profile")[0]["data"]["languages"] == {kept: 2}
    assert ann.do("request.open", id="r1", topics={"grief_loss": 3}, languages={written: 2})["ok"]
    assert ann.records("request")[0]["data"]["languages"] == {kept: 2}


def test_a_language_written_in_two_ways_is_spoken_as_well_as_in_the_better_one(ann):
    ann.do("profile.edit", languages={"de": 1, "DE": 3, "De ": 2})
    assert ann.records("profile")[0]["data"]["languages"] == {"de": 3}


@pytest.mark.parametrize("language", ["", "d", "german", "de--AT", "d e", "\u0131s", "7"])
def test_what_is_no_language_is_refused(ann, language):
    assert ann.do("profile.edit", languages={language: 2})["error"]["code"] == "bad_request"


@pytest.mark.parametrize("locale", ["DE", "de-AT", "de_at", " De "])
def test_a_locale_is_that_of_the_phone(sam, ann, pair, locale):
    prompt = sam.do("question.ask", space=pair, id="q1", prompt=PROMPT, locale=locale)
    assert prompt["changes"][0]["data"]["locale"] == "de"
    invited = sam.do("pairing.invite", terms={"locale": locale})
    assert invited["changes"][0]["data"]["proposed"] == digest(STANDARD["de"])


@pytest.mark.parametrize("locale", ["fr", "dex", "", "de-", "-de", "deutsch"])
def test_a_locale_that_there_is_not_is_refused(sam, pair, locale):
    refused = sam.do("question.ask", space=pair, id="q1", prompt=PROMPT, locale=locale)["error"]
    assert (refused["code"], refused["details"]["field"]) == ("bad_request", "args.locale")


def test_the_ids_of_topics_and_prompts_are_taken_however_they_are_written(sam, ann, pair):
    for number, topic in enumerate(["Grief_Loss", " grief_loss ", "grief-loss", "GRIEF LOSS"]):
        made = ann.do("fact.put", id=f"f{number}", topic=topic, kind="lived", depth=2, tier="profile")
        assert [row["data"]["topic"] for row in made["changes"] if row["kind"] == "fact"] == ["grief_loss"], topic
    for number, prompt in enumerate([PROMPT.upper(), f" {PROMPT} ", PROMPT.replace("_", "-")]):
        asked = sam.do("question.ask", space=pair, id=f"q{number}", prompt=prompt)
        assert asked["changes"][0]["data"]["prompt"] == PROMPT, prompt


@pytest.mark.parametrize("topic", ["no_such_topic", "", "_", "7grief", "grief__loss", "grief/loss"])
def test_a_topic_that_there_is_not_is_refused(ann, topic):
    assert (
        ann.do("fact.put", id="f1", topic=topic, kind="lived", depth=2, tier="profile")["error"]["code"]
        == "bad_request"
    )
