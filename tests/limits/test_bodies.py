"""Bodies: nothing is decoded before it is known who sends it, and how long it is; no JSON costs more than other."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from server.limits import under_way
from server.validation import parsed
from server.web.endpoint import LARGEST_BODY

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
