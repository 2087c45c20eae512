"""A stranger gets the same answer for what is somebody else's as for what does not exist: on every way in."""

import pytest

from server.command import COMMANDS, Caller
from server.store.people import People
from server.tokens import Tokens
from tests.conftest import CONFIG
from tests.sync.test_bad_input import GOOD

ADAPTERS = "/api/v1/adapters"
NOWHERE = "pair:aaaaaaaaaaaaaaaaaaaaaaaaaa"

# Every way in: how a stranger knocks (None: nothing of anybody else's can be named there)
DOORS = {
    "POST /api/v1/mutate": None, "POST /api/v1/push": None, "POST /api/v1/pull": None, "GET /api/v1/pull": None,
    "POST /api/v1/sync": None, "POST /api/v1/register": None, "POST /api/v1/login": None,
    "POST /api/v1/refresh": None, "POST /api/v1/logout": None, "GET /api/v1/devices": None,
    "POST /api/v1/passphrase": None, "DELETE /api/v1/account": None, "GET /api/v1/spaces": None,
    "POST /api/v1/users": "role", "DELETE /api/v1/devices/<device>": "device",
    "GET /api/v1/spaces/<space>/history": "space",
    "GET /api/v1/adapters/watermelondb/schema": None, "GET /api/v1/adapters/watermelondb/sync": None,
    "POST /api/v1/adapters/watermelondb/sync": "rows", "GET /api/v1/adapters/rxdb/schemas": None,
    "POST /api/v1/adapters/rxdb/<collection>/pull": None, "GET /api/v1/adapters/rxdb/<collection>/stream": None,
    "POST /api/v1/adapters/rxdb/<collection>/push": "rows",
    "GET /api/v1/adapters/rxdb/<collection>/<version>/pull": None,
    "POST /api/v1/adapters/rxdb/<collection>/<version>/push": "rows",
    "GET /api/v1/adapters/rxdb/<collection>/<version>/pullStream": None,
    **{f"POST /api/v1/{name.replace('.', '/')}": "command" for name in COMMANDS},
}  # fmt: skip

SPACED = [name for name in COMMANDS if name.startswith(("message.", "position."))]


@pytest.fixture
def http(world, eve):
    """Return a function that sends a request as eve, and the status and body of the answer."""
    People(world.mongo).add_device("phone-of-eve", eve.user, "phone", world.time)
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
    status, body = http(
        method,
        path.replace("<device>", "x").replace("<space>", "x").replace("<collection>", "note").replace("<version>", "0"),
        token="",
        json={},
    )
    public = path.endswith(("register", "login", "refresh"))
    assert (status, body["error"]["code"]) == ((400, "bad_request") if public else (401, "unauthenticated"))


@pytest.mark.parametrize("name", SPACED)
def test_a_strangers_mutation_meets_a_space_that_is_not_there(ann, eve, pair, name):
    ann.do("message.send", space=pair, id="m1", text="hello")
    answers = []
    for space in (pair, NOWHERE):
        outcome = eve.do(name, **GOOD[name], space=space)
        answers.append(str(outcome["error"]).replace(space, "SPACE"))
    assert answers[0] == answers[1]
    assert "not_found" in answers[0]
    assert ann.do(name, **GOOD[name], space=pair)["ok"], "need a door that opens for this test to mean anything"


def test_a_stranger_ends_nobodys_pairing(ann, eve, pair):
    answers = [eve.do("pairing.end", pairing=space.removeprefix("pair:")) for space in (pair, NOWHERE)]
    assert answers[0]["error"]["code"] == answers[1]["error"]["code"] == "not_found"
    ann.pull()
    assert ann.records("pairing")[0]["data"]["state"] == "accepted"


def test_a_stranger_reads_nobodys_history(sam, http, pair):
    sam.do("message.send", space=pair, id="m1", text="a secret")
    answers = [http("GET", f"/api/v1/spaces/{space}/history") for space in (pair, f"user:{sam.user}", NOWHERE)]
    assert {status for status, _ in answers} == {404}
    assert len({body["error"]["message"] for _, body in answers}) == 1


def test_a_stranger_pulls_nothing_of_anybody_elses(sam, ann, eve, pair):
    sam.do("message.send", space=pair, id="m1", text="a secret")
    eve.pull()
    answer = eve.transport.call("pull", {"spaces": [pair, f"user:{ann.user}"]})
    assert answer["changes"] == []
    assert eve.replica == {}


STOLEN = {"text": "stolen", "reply_to": None, "sent_at": 1}


@pytest.mark.parametrize("where", ["pair", "nowhere", "user"])
def test_a_strangers_rows_go_nowhere_and_bring_nothing(sam, http, pair, where):
    """Whatever space a row names, the answer is the same, and all that comes of it is that the row goes away."""
    sam.do("message.send", space=pair, id="m1", text="a secret")
    space = {"pair": pair, "nowhere": NOWHERE, "user": f"user:{sam.user}"}[where]
    row, mine = {"id": "m1", "space": space, **STOLEN}, {"id": "x1", "space": space, **STOLEN}
    created = {"message": {"created": [row, mine], "updated": [], "deleted": []}}
    assert http("POST", f"{ADAPTERS}/watermelondb/sync", json=created)[0] == 200
    assert http("POST", f"{ADAPTERS}/rxdb/message/push", json=[{"newDocumentState": row}]) == (200, [])
    _, pulled = http("POST", f"{ADAPTERS}/rxdb/message/pull", json={"checkpoint": None, "batchSize": 100})
    assert {document["id"]: document["_deleted"] for document in pulled["documents"]} == {"m1": True, "x1": True}
    _, rows = http("GET", f"{ADAPTERS}/watermelondb/sync")
    assert [table for table, changes in rows["changes"].items() if changes["updated"]] == []
    sam.pull()
    assert sam.texts(pair) == ["a secret"]


def test_a_strangers_cursor_is_good_for_nobody_else(world, ann, http, pair):
    token, _ = Tokens(CONFIG.secret_keys).access(ann.transport.caller, world.time)
    People(world.mongo).add_device(ann.transport.caller.device, ann.user, "phone", world.time)
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
    People(world.mongo).add_device("phone-of-ann", "id-ann", "phone", world.time)
    assert http("DELETE", "/api/v1/devices/phone-of-ann") == http("DELETE", "/api/v1/devices/nothing")
    assert People(world.mongo).device("phone-of-ann")


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
    world.parts.accounts.sign_out(eve.transport.caller, "phone-of-eve")
    assert http("GET", "/api/v1/devices")[0] == 401


def test_a_device_of_somebody_else_does_not_lend_its_name(world, http):
    People(world.mongo).add_device("phone-of-ann", "id-ann", "phone", world.time)
    token, _ = Tokens(CONFIG.secret_keys).access(Caller("id-eve", "phone-of-ann", "peer"), world.time)
    assert http("GET", "/api/v1/devices", token=token)[0] == 401
