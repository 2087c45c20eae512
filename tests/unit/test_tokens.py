"""What phones are handed, and what is not accepted from them."""

import jwt
import pytest

from schemas.errors import BadRequest, Unauthenticated
from server.accounts.tokens import ACCESS, AUDIENCE, Tokens
from server.commands.context import Caller

NOW = 1_795_352_768_000
OLD, NEW = (
    "an old key of more than thirty-two characters, by far",
    "a new key of more than thirty-two characters, by far",
)
ANN = Caller("ann", "phone", "peer")


def forged(algorithm="HS256", key=OLD, headers=None, **claims):
    good = {"sub": "ann", "dev": "phone", "role": "operator", "aud": AUDIENCE, "typ": "access", "exp": NOW // 1000 + 60}
    kid = jwt.get_unverified_header(Tokens([OLD]).access(ANN, NOW)[0])["kid"]
    return jwt.encode(good | claims, key, algorithm, headers={"kid": kid} | (headers or {}))


def test_an_access_token_speaks_for_its_caller_for_ten_minutes():
    tokens = Tokens([OLD])
    access, expires = tokens.access(ANN, NOW)
    assert expires == NOW + ACCESS
    assert tokens.caller(access, expires - 1) == Caller("ann", "phone", "peer", expires)
    with pytest.raises(Unauthenticated):
        tokens.caller(access, expires)


def test_keys_can_be_changed_without_signing_anybody_out():
    access, _ = Tokens([OLD]).access(ANN, NOW)
    assert Tokens([NEW, OLD]).caller(access, NOW).user == "ann"
    with pytest.raises(Unauthenticated):
        Tokens([NEW]).caller(access, NOW)


def test_the_forger_in_these_tests_could_succeed():
    assert Tokens([OLD]).caller(forged(), NOW).role == "operator"


@pytest.mark.parametrize(
    "token",
    [
        "", "x", "a.b.c", None, 7,
        forged("none", ""),
        forged("HS384"),
        forged(key=NEW),
        forged(headers={"kid": "00000000"}),
        forged(aud="elsewhere"),
        forged(typ="refresh"),
        forged(exp=NOW // 1000 - 1),
        forged(sub=7),
    ],
)  # fmt: skip
def test_what_was_not_signed_here_for_this_is_refused(token):
    with pytest.raises(Unauthenticated):
        Tokens([OLD]).caller(token, NOW)


def test_a_cursor_comes_back_as_it_was():
    tokens = Tokens([OLD])
    assert tokens.vector("ann", tokens.cursor("ann", {"pair:x": 7})) == {"pair:x": 7}
    assert tokens.vector("ann", None) == {}


def test_a_cursor_survives_a_change_of_keys():
    assert Tokens([NEW, OLD]).vector("ann", Tokens([OLD]).cursor("ann", {"pair:x": 7})) == {"pair:x": 7}


@pytest.mark.parametrize(
    "spoil", [lambda c: c[:-1], lambda c: "x" + c, lambda _: "", lambda _: "💥", lambda c: c.swapcase()]
)
def test_a_changed_cursor_is_refused(spoil):
    tokens = Tokens([OLD])
    with pytest.raises(BadRequest):
        tokens.vector("ann", spoil(tokens.cursor("ann", {"pair:x": 7})))


def test_a_cursor_works_for_its_owner_only():
    tokens = Tokens([OLD])
    with pytest.raises(BadRequest, match="another account"):
        tokens.vector("eve", tokens.cursor("ann", {"pair:x": 7}))


def test_the_following_refresh_token_is_always_the_same_one():
    tokens = Tokens([OLD])
    assert tokens.following("abc") == tokens.following("abc") != tokens.following("abd")
