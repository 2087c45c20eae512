"""Bodies: nothing is decoded before it is known who sends it, and how long it is; no JSON costs more than other."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some

from server.limits import under_way
from server.validation import parsed
from server.web.endpoint import LARGEST_BODY
from tests.waiting import PATIENCE

PUSHES = ["/api/v1/push", "/api/v1/adapters/rxdb/note/push", "/api/v1/adapters/watermelondb/sync"]


@pytest.fixture
def decoded(monkeypatch):
    """Return the bodies that were decoded."""
    seen = []
    monkeypatch.setattr(under_way, "parsed", lambda raw: seen.append(raw) or parsed(raw))
    return seen


@pytest.mark.parametrize("path", PUSHES)
def test_the_body_of_a_stranger_is_not_decoded(world, decoded, path):
    answer = world.parts.app.test_client().post(path, data=b"[" * 1_000_000, content_type="application/json")
    assert answer.status_code == 401
    assert decoded == []


@pytest.mark.parametrize("path", ["/api/v1/login", "/api/v1/register", "/api/v1/refresh"])
def test_a_long_body_of_a_stranger_is_refused_unread(world, decoded, path):
    answer = world.parts.app.test_client().post(path, data=b'"' + b"\\n" * 50_000, content_type="application/json")
    assert answer.status_code == 413
    assert answer.get_json()["error"]["details"] == {"limit": 64 * 1024}
    assert decoded == []


def test_no_body_is_longer_than_four_megabytes(world):
    rules = [rule for rule in world.parts.app.url_map.iter_rules() if "POST" in rule.methods]
    found = [world.parts.app.view_functions[rule.endpoint].args[0].largest for rule in rules]
    assert max(found) == LARGEST_BODY == 4 * 1024 * 1024


def pieces():
    for _ in range(100):
        yield b"x" * 1000


REFUSED = {  # path, body, token or not: the status
    "longer than may be": ("/api/v1/note/put", b"x" * 200_000, True, 413),
    "longer than anything may be": ("/api/v1/push", b"x" * 5_000_000, True, 413),
    "of a stranger": ("/api/v1/push", b"x" * 3_900_000, False, 401),
    "in pieces": ("/api/v1/push", pieces, True, 400),
    "to nothing": ("/api/v1/nothing", b"x" * 3_900_000, True, 404),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_client_of_a_large_body_that_is_refused_reads_why_and_goes_on(server, what):
    """It is told that this connection ends: what it sends next goes over another one, and is not dropped."""
    path, body, is_signed_in, status = REFUSED[what]
    headers = {"Authorization": f"Bearer {server.user()['access_token']}"} if is_signed_in else {}
    with httpx.Client(base_url=server.address, headers=headers, timeout=PATIENCE) as client:
        for _ in range(5):
            answer = client.post(path, content=body() if callable(body) else body)
            assert answer.status_code == status
            assert answer.headers["Connection"] == "close"
            assert answer.json()["error"]["message"]
            assert client.get("/healthz").status_code == 200


def test_a_small_body_that_is_refused_ends_no_connection(server):
    with httpx.Client(base_url=server.address, timeout=PATIENCE) as client:
        answer = client.post("/api/v1/push", content=b"x" * 10_000)
        assert (answer.status_code, answer.headers["Connection"]) == (401, "keep-alive")


HALVES = some.sampled_from(["\ud83d", "\ude00", "\ud83d\ude00", "\\", "\n", '"', "u", "ud83d", "\u00e4", "x"])


@given(some.lists(HALVES, max_size=30).map("".join))
def test_half_a_character_is_replaced_and_nothing_else_is_changed(text):
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    for ascii_only in (True, False):
        written = json.dumps([text, {text: 1}], ensure_ascii=ascii_only)
        if ascii_only or whole == text:
            assert parsed(written) == [whole, {whole: 1}]
            assert parsed(written.encode()) == [whole, {whole: 1}]


STRANGE = [b'["\\ud800", NaN]', b'["\\ud800"', b"\xff\\ud800", b'{"\\ud800": 1e999}', b"[" * 10_000 + b"\\ud800"]


@pytest.mark.parametrize("raw", STRANGE)
def test_what_is_not_json_stays_so_with_half_a_character_in_it(raw):
    with pytest.raises(json.JSONDecodeError):
        parsed(raw)
