"""A stranger gets the same answer for what is somebody else's as for what does not exist: on every way in."""

from json import loads

import pytest

from schemas.agreement import AGREED
from server.accounts.tokens import Tokens
from server.commands.context import COMMANDS, Caller
from server.store.accounts import AccountStore
from sync.record import specialist_space
from tests.conftest import CONFIG
from tests.doors import ADAPTERS, DOORS, NOWHERE, PARTS
from tests.good import FIRST, GOOD, UNLIKELY
from tests.matched import listening, looking, shortlist
from tests.trusted import Ready

pytestmark = pytest.mark.in_memory


PUBLIC = {
    "GET /api/v1/topics", "GET /api/v1/agreements", "GET /api/v1/prompts", "GET /api/v1/checkin-items",
    "GET /api/v1/programme", "GET /api/v1/lines", "GET /api/v1/lines/<country>", "GET /api/v1/login/providers",
    "POST /api/v1/login/passkey/options", "GET /api/v1/push-key", "POST /api/v1/demo",
    "GET /api/v1/adapters/watermelondb/schema", "GET /api/v1/adapters/rxdb/schemas",
}  # fmt: skip

SPACED = [name for name in GOOD if "space" in COMMANDS[name].schema.fields]
PAIRED = [name for name in GOOD if "pairing" in COMMANDS[name].schema.fields]
NAMED = [name for name in GOOD if name.startswith(("request.", "offer.")) and name != "request.open"]
OWNED = [
    name for name in FIRST if not {"space", "pairing"} & COMMANDS[name].schema.fields.keys() and name not in UNLIKELY
]
OPERATORS = ("report.take", "report.close", "sanction.lift")  # what they own is nobody's to know of


@pytest.fixture
def http(world, eve):
    """Return a function that sends a request as eve, and the status and body of the answer."""
    AccountStore(world.mongo).add_device("phone-of-eve", eve.user, "phone", world.time)
    token, _ = Tokens(CONFIG.secret_keys).access(eve.transport.caller, world.time)
    client = world.parts.app.test_client()

    def send(method, path, token=token, **how):
        answer = client.open(path, method=method, headers={"Authorization": f"Bearer {token}"}, **how)
        return answer.status_code, answer.get_json()

    return send


def test_every_way_in_is_on_the_list(world):
    rules = [rule for rule in world.parts.app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    assert {f"{method} {rule.rule}" for rule in rules for method in rule.methods - {"HEAD"}} == DOORS.keys()


@pytest.mark.parametrize("door", DOORS)
def test_without_a_token_no_door_but_the_public_ones_opens(world, http, door):
    method, path = door.split(" ")
    for part, value in PARTS.items():
        path = path.replace(f"<{part}>", value)
    status, body = http(method, path, token="", json={})
    if door in PUBLIC:
        assert (status, "server_time" in body) == (200, True)
        return
    public = path.endswith(
        ("register", "login", "login/oidc", "login/passkey", "login/link", "recover", "refresh", "v1/reset-passphrase")
    )
    assert (status, body["error"]["code"]) == ((400, "bad_request") if public else (401, "unauthenticated"))


@pytest.mark.parametrize("name", SPACED)
def test_a_strangers_mutation_meets_a_space_that_is_not_there(world, sam, ann, eve, pair, name):
    if name == "agreement.decline":
        sam.do("agreement.propose", space=pair, id="a1")
    phone, args = Ready(world, ann, sam, pair).to(name)
    args |= {"sha256": AGREED} if "sha256" in args else {}
    answers = []
    for space in (
        pair,
        NOWHERE,
        f"match:{ann.user}",
        f"match:{eve.user}",
        specialist_space(sam.user),
        f"user:{ann.user}",
    ):
        outcome = eve.do(name, **args | {"space": space})
        answers.append(str(outcome["error"]).replace(space, "SPACE"))
    assert set(answers) == {answers[0]}
    assert "not_found" in answers[0]
    assert phone.do(name, **args)["ok"], "need a door that opens for this test to mean anything"


@pytest.mark.parametrize("name", PAIRED)
def test_a_strangers_mutation_meets_a_pairing_that_is_not_there(world, sam, ann, eve, pair, name):
    """Be they a peer or a specialist."""
    if name == "handover.refuse":
        sam.do("handover.announce", pairing=pair.removeprefix("pair:"), until=GOOD["handover.announce"]["until"])
    ann.pull()
    before = ann.records("pairing")
    for stranger in (eve, world.phone(world.person("tina", "specialist"))):
        answers = []
        for space in (pair, NOWHERE):
            outcome = stranger.do(name, **GOOD[name] | {"pairing": space.removeprefix("pair:")})
            answers.append(str(outcome["error"]).replace(space, "SPACE"))
        assert answers[0] == answers[1]
        assert "not_found" in answers[0]
    ann.pull()
    assert ann.records("pairing") == before
    insider = ann if name == "handover.refuse" else sam
    code = (insider.do(name, **GOOD[name] | {"pairing": pair.removeprefix("pair:")}).get("error") or {}).get("code")
    assert code == {"pairing.hand_back": "wrong_state"}.get(name), "need a door that opens for this to mean anything"


@pytest.mark.parametrize("name", NAMED)
def test_a_request_or_an_offer_of_somebody_else_is_one_that_is_not_there(world, sam, ann, eve, name):
    world.person("sue", "supervisor")
    listening(world, sam, world.phone(world.person("olga", "operator")))
    looking(world, ann, "r1")
    assert ann.do("request.choose", id="r1", person=shortlist(ann, "r1")[0])["ok"]
    sam.sync()
    ids = {"request": "r1", "offer": sam.records("offer")[0]["id"]}
    theirs = ids[name.partition(".")[0]]
    for stranger in (eve, world.phone(world.person("tina", "specialist"))):
        answers = []
        for some in (theirs, "there-is-none"):
            outcome = stranger.do(name, **GOOD[name] | {"id": some})
            answers.append(str(outcome["error"]).replace(some, "ID"))
        assert answers[0] == answers[1]
        assert "not_found" in answers[0]


@pytest.mark.parametrize("name", OWNED)
def test_what_is_somebody_elses_own_is_not_there(world, sam, ann, eve, pair, name):
    """Such as an SOS, a call, a debrief or a check-in: not even for one who has the role for it."""
    phone, args = Ready(world, ann, sam, pair).to(name)
    for role in ("peer", "specialist", "supervisor"):
        stranger = world.phone(world.person(f"max-{role}", role))
        answers = []
        for some in (args["id"], "there-is-none"):
            outcome = stranger.do(name, **args | {"id": some})
            answers.append(str(outcome["error"]).replace(some, "ID"))
        assert answers[0] == answers[1]
        assert ("forbidden" if name in OPERATORS else "not_found") in answers[0]
    assert phone.do(name, **args)["ok"], "need a door that opens for this test to mean anything"


@pytest.mark.parametrize(
    "door", [door for door, how in DOORS.items() if how in {"role", "staff"} and "operator" in door]
)
@pytest.mark.parametrize("role", ["peer", "specialist", "supervisor"])
def test_what_operators_see_is_shown_to_nobody_else(world, http, door, role):
    method, path = door.replace("<id>", "x").split(" ")
    allowed = DOORS[door] == "staff" and role == "supervisor"
    person = world.person("max", role)
    AccountStore(world.mongo).add_device(person.device, person.user, "phone", world.time)
    token, _ = Tokens(CONFIG.secret_keys).access(person, world.time)
    assert http(method, path, token=token, json=None if method == "GET" else {})[0] == (200 if allowed else 403)


def test_a_short_list_of_somebody_else_is_one_that_is_not_there(world, sam, ann, http):
    world.person("sue", "supervisor")
    listening(world, sam, world.phone(world.person("olga", "operator")))
    looking(world, ann, "r1")
    assert shortlist(ann, "r1"), "need a short list for this test to mean anything"
    answers = [http("GET", f"/api/v1/requests/{name}/shortlist") for name in ("r1", "there-is-none")]
    assert [status for status, _ in answers] == [404, 404]
    assert answers[0][1]["error"] == answers[1][1]["error"]


def test_a_stranger_reads_nobodys_history_or_path(sam, http, pair):
    sam.do("message.send", space=pair, id="m1", text="a secret", origin="person")
    for what in ("history", "path"):
        answers = [http("GET", f"/api/v1/spaces/{space}/{what}") for space in (pair, f"user:{sam.user}", NOWHERE)]
        assert {status for status, _ in answers} == {404}
        assert len({body["error"]["message"] for _, body in answers}) == 1


def test_a_stranger_pulls_nothing_of_anybody_elses(sam, ann, eve, pair):
    sam.do("message.send", space=pair, id="m1", text="a secret", origin="person")
    eve.pull()
    answer = eve.transport.call("pull", {"spaces": [pair, f"user:{ann.user}"]})
    assert answer["changes"] == []
    assert eve.replica == {}


STOLEN = {"text": "stolen", "reply_to": None, "sent_at": 1}


@pytest.mark.parametrize("where", ["pair", "nowhere", "user"])
def test_a_strangers_rows_go_nowhere_and_bring_nothing(sam, http, pair, where):
    """Whatever space a row names, the answer is the same, and all that comes of it is that the row goes away."""
    sam.do("message.send", space=pair, id="m1", text="a secret", origin="person")
    space = {"pair": pair, "nowhere": NOWHERE, "user": f"user:{sam.user}"}[where]
    row, mine = {"id": "m1", "space": space, **STOLEN}, {"id": "x1", "space": space, **STOLEN}
    created = {"message": {"created": [row, mine], "updated": [], "deleted": []}}
    assert http("POST", f"{ADAPTERS}/watermelondb/sync", json=created)[0] == 200
    assert http("POST", f"{ADAPTERS}/rxdb/message/push", json=[{"newDocumentState": row}]) == (200, [])
    _, pulled = http("POST", f"{ADAPTERS}/rxdb/message/pull", json={"checkpoint": None, "batchSize": 100})
    assert {document["id"]: document["_deleted"] for document in pulled["documents"]} == {"m1": True, "x1": True}
    _, rows = http("GET", f"{ADAPTERS}/watermelondb/sync")
    assert [table for table, changes in rows["changes"].items() if changes["updated"]] == ["unsent"]
    for kept in rows["changes"]["unsent"]["updated"]:
        assert (kept["code"], kept["message"]) == ("not_found", "There is no such space."), "wherever it was written"
        assert loads(kept["cells"]) == {"text": "stolen", "sent_at": 1}, "her own words"
    sam.pull()
    assert sam.texts(pair) == ["a secret"]


def test_a_strangers_cursor_is_good_for_nobody_else(world, ann, http, pair):
    token, _ = Tokens(CONFIG.secret_keys).access(ann.transport.caller, world.time)
    AccountStore(world.mongo).add_device(ann.transport.caller.device, ann.user, "phone", world.time)
    pull = f"{ADAPTERS}/rxdb/pairing/pull"
    _, pulled = http("POST", pull, json={"checkpoint": None, "batchSize": 100}, token=token)
    assert len(pulled["documents"]) == 1
    status, answer = http("POST", pull, json={"checkpoint": pulled["checkpoint"], "batchSize": 100})
    assert (status, answer["error"]["details"]["field"]) == (400, "cursor")
    _, rows = http("GET", f"{ADAPTERS}/watermelondb/sync", token=token)
    _, answer = http("GET", f"{ADAPTERS}/watermelondb/sync?last_pulled_at={rows['timestamp']}")
    assert answer["experimentalStrategy"] == "replacement"
    assert "pair:" not in str(answer["changes"])


def test_a_strangers_request_signs_nobody_out(world, http):
    AccountStore(world.mongo).add_device("phone-of-ann", "id-ann", "phone", world.time)
    theirs = http("DELETE", "/api/v1/devices/phone-of-ann")
    assert theirs == http("DELETE", "/api/v1/devices/nothing")
    assert (theirs[0], theirs[1]["error"]["details"]) == (404, {"field": "device"})
    assert AccountStore(world.mongo).device("phone-of-ann")


def test_peers_make_no_accounts_for_others(http):
    body = {"handle": "mallory", "passphrase": "correct horse battery", "role": "operator"}
    assert http("POST", "/api/v1/users", json=body)[0] == 403


@pytest.mark.parametrize("field", ["role", "user", "_id", "created_at"])
def test_nobody_gives_themselves_a_role(http, field):
    body = {"handle": "mallory", "passphrase": "correct horse battery", field: "operator"}
    status, answer = http("POST", "/api/v1/register", json=body)
    assert (status, answer["error"]["details"]["field"]) == (400, field)


def test_a_signed_out_device_gets_in_nowhere(world, http, eve):
    assert http("GET", "/api/v1/devices")[0] == 200
    world.parts.accounts.devices.sign_out(eve.transport.caller, "phone-of-eve")
    assert http("GET", "/api/v1/devices")[0] == 401


def test_a_device_of_somebody_else_does_not_lend_its_name(world, http):
    AccountStore(world.mongo).add_device("phone-of-ann", "id-ann", "phone", world.time)
    token, _ = Tokens(CONFIG.secret_keys).access(Caller("id-eve", "phone-of-ann", "peer"), world.time)
    assert http("GET", "/api/v1/devices", token=token)[0] == 401
