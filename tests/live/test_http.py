"""HTTP as clients and strangers meet it."""

import gzip
import json
import time

import httpx
import orjson
import pytest

from schemas.agreement import AGREED
from server.validation import LARGEST_ITEM
from tests.conftest import PASSPHRASE
from tests.transports import Failed

API = "/api/v1"


@pytest.fixture
def ann(online):
    return online()


@pytest.fixture
def http(ann):
    """Return an HTTP client that is signed in as ann."""
    return ann.transport.client


@pytest.mark.parametrize("verb", ["mutate", "push", "pull", "sync", "note/put"])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_request"),
        (b"{", 400, "bad_request"),
        (b"\xff\xfe", 400, "bad_request"),
        (b'{"limit":NaN}', 400, "bad_request"),
        (b"[" * 8000 + b"]" * 8000, 400, "bad_request"),
        (b'{"a":' * 8000 + b"1" + b"}" * 8000, 400, "bad_request"),
        (b'{"limit":1' + b"0" * 5000 + b"}", 400, "bad_request"),
        (b'{"cursor":"\\ud800"}', 400, "bad_request"),
        (b"null", 400, "bad_request"),
        (b'"x"', 400, "bad_request"),
        (b'{"x":"' + b"x" * 4 * 2**20 + b'"}', 413, "too_large"),
    ],
)
def test_what_is_no_request_is_refused_with_a_code(http, verb, body, status, code):
    answer = http.post(verb, content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_command_that_is_longer_than_any_text_can_be_written_is_too_much(http):
    def body(length):
        frame = b'{"id":"n1","title":"' + b"x" * 100 + b'","body":""}'
        return frame[:-2] + b"x" * (length - len(frame)) + frame[-2:]

    assert http.post("note/put", content=body(LARGEST_ITEM)).status_code == 400  # read, and the body is too long a text
    assert http.post("note/put", content=body(LARGEST_ITEM + 1)).status_code == 413


def test_a_long_body_without_a_length_is_refused_too(http):
    def pieces():
        for _ in range(20):
            yield b"x" * 8192

    answer = http.post("note/put", content=pieces())
    assert answer.json()["error"]["code"] in {"bad_request", "too_large"}


def test_a_packed_body_is_refused(http):
    answer = http.post("pull", content=gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"})
    assert answer.json()["error"]["details"]["field"] == "Content-Encoding"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp4"])
def test_who_is_not_known_is_refused_and_told_how_to_sign_in(server, header):
    answer = httpx.post(f"{server.address}{API}/pull", headers={"Authorization": header}, content=b"{}", timeout=60)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_wrong_method_says_which_are_right(http):
    answer = http.put("mutate", json={})
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    error = {"code": "method_not_allowed", "message": "Use POST on this path.", "details": {"allow": ["POST"]}}
    assert answer.json()["error"] == error


def test_a_path_that_is_not_there_is_answered_as_json(http):
    assert http.get("nowhere").json()["error"]["code"] == "not_found"


def test_every_answer_is_private_and_is_what_it_says(http):
    headers = http.post("pull", json={}).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_long_answer_is_packed_as_the_client_asks(ann, http, coding):
    for number in range(30):
        ann.does("note.put", id=f"n{number}", body="a line that is repeated " * 20)
    ann.push()
    answer = http.build_request("POST", "pull", json={}, headers={"Accept-Encoding": coding})
    raw = http.send(answer, stream=True)
    packed = b"".join(raw.iter_raw())
    assert raw.headers["Content-Encoding"] == coding
    assert len(packed) < 5000


def test_a_pull_without_news_is_answered_304(ann, http):
    ann.do("note.put", id="n1", body="x")
    first = http.get("pull", params={"limit": 100})
    cursor, tag = first.json()["cursor"], first.headers["ETag"]
    same = http.get("pull", params={"cursor": cursor}, headers={"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")
    ann.do("note.put", id="n1", body="y")
    news = http.get("pull", params={"cursor": cursor}, headers={"If-None-Match": tag})
    assert news.status_code == 200
    assert news.headers["ETag"] != tag


def test_a_pull_without_a_cursor_is_never_304(ann, http):
    ann.do("note.put", id="n1", body="x")
    tag = http.get("pull").headers["ETag"]
    assert http.get("pull", headers={"If-None-Match": tag}).status_code == 200


PUBLIC = ["adapters/watermelondb/schema", "adapters/rxdb/schemas", "topics", "agreements", "lines", "lines/DE"]


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("path", PUBLIC)
def test_what_everybody_may_know_is_sent_once(server, path, coding):
    """A build asks for it time and again, and an app at every start."""
    with httpx.Client(base_url=f"{server.address}{API}", timeout=60, headers={"Accept-Encoding": coding}) as anybody:
        first = anybody.get(path)
        assert (first.status_code, first.headers["Cache-Control"]) == (200, "public, no-cache")
        again = anybody.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        assert anybody.get(path, headers={"If-None-Match": 'W/"of-another-version"'}).status_code == 200


def test_every_command_is_an_endpoint_that_can_be_repeated_by_its_key(http):
    key = {"Idempotency-Key": "01a203fa-fac9-7135-88a2-fe23b915dae1"}
    first = http.post("note/put", json={"id": "n1", "title": "x"}, headers=key).json()
    again = http.post("note/put", json={"id": "n1", "title": "x"}, headers=key).json()
    assert first["changes"] == again["changes"]
    other = http.post("note/put", json={"id": "n1", "title": "y"}, headers=key)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "id_taken")


def test_the_status_of_a_refused_mutation_is_that_of_its_error(ann, http):
    ann.does("pairing.end", pairing="nothing")
    answer = http.post("mutate", content=orjson.dumps(ann.outbox[0]))
    assert answer.status_code == 404
    assert not answer.json()["ok"]


def test_spaces_come_with_their_unread_counts(online):
    sam, ann = online("specialist"), online()
    code = sam.do("pairing.invite")["changes"][0]["data"]["code"]
    space = ann.do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    sam.do("message.send", space=space, id="m2", text="are you there?", origin="person")
    spaces = {row["space"]: row for row in ann.transport.client.get("spaces").json()["spaces"]}
    assert spaces[space]["unread"] == 2
    ann.pull()
    assert spaces[space]["member"] == ann.spaces()[space]


def test_signing_up_in_and_out(server):
    with httpx.Client(base_url=f"{server.address}{API}", timeout=60) as http:
        details = {"handle": f"ann-{time.time_ns()}", "passphrase": PASSPHRASE}
        registered = http.post("register", json=details).json()
        assert http.post("register", json=details).status_code == 409
        assert http.post("login", json=details | {"passphrase": "wrong horse battery"}).status_code == 401
        tablet = http.post("login", json=details | {"device": "tablet"}).json()
        http.headers["Authorization"] = f"Bearer {registered['access_token']}"
        assert [row["name"] for row in http.get("devices").json()["devices"]] == ["phone", "tablet"]
        assert http.delete(f"devices/{tablet['device']}").status_code == 200
        assert http.post("refresh", json={"refresh_token": tablet["refresh_token"]}).status_code == 401
        fresh = http.post("refresh", json={"refresh_token": registered["refresh_token"]}).json()
        http.headers["Authorization"] = f"Bearer {fresh['access_token']}"
        change = {"passphrase": PASSPHRASE, "new_passphrase": "another horse battery"}
        assert http.post("passphrase", json=change).status_code == 200
        assert http.request("DELETE", "account", json={"passphrase": PASSPHRASE}).status_code == 403
        assert http.request("DELETE", "account", json={"passphrase": "another horse battery"}).status_code == 200
        assert http.get("devices").status_code == 401
        assert http.post("login", json=details | {"passphrase": "another horse battery"}).status_code == 401


def test_operators_make_accounts(server, online):
    boss, handle = online("operator"), f"sam-{time.time_ns()}"
    details = {"handle": handle, "passphrase": PASSPHRASE}
    made = boss.transport.client.post("users", json=details | {"role": "specialist"}).json()
    signed_in = httpx.post(f"{server.address}{API}/login", json=details, timeout=60).json()
    assert (signed_in["user"], signed_in["role"]) == (made["user"], "specialist")


def test_health_says_what_can_be_relied_on(server):
    assert httpx.get(f"{server.address}/healthz", timeout=60).status_code == 200
    assert httpx.get(f"{server.address}/readyz", timeout=60).json() == {
        "ready": True,
        "disk": "ok",
        "push": ["webpush", "unifiedpush"],
    }


def test_a_failed_request_over_the_phone_is_a_failure_with_details(ann):
    with pytest.raises(Failed) as refused:
        ann.transport.call("pull", {"limit": 0})
    assert json.dumps(refused.value.error["details"]["errors"])
    assert refused.value.error["details"]["field"] == "limit"
