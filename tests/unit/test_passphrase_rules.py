"""Which passphrases can be chosen: long enough as they are meant, and not what an attacker tries first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.account import ChangePassphrase, Confirm, LogIn, NewUser, Register
from schemas.errors import BadRequest
from schemas.text import folded
from server.accounts.passphrase_rules import common, require_uncommon

GOOD = [
    "correct horse battery",
    "x" * 199 + "y",
    "1234567890 and more",
    "\u6b63\u786e\u7684\u99ac\u96fb\u6c60\u8a02\u66f8\u91dd\u7dda",
]
FAMILY = "\u200d".join(f"{person}\U0001f3fd" for person in "\U0001f468\U0001f469\U0001f467\U0001f466")
FORM = {
    "too short": "too short",
    "too short once composed": "e\u0301" * 4 + "\u00e9x",
    "too long": "xy" * 100 + "z",
    "one letter": "aaaaaaaaaaaa",
    "one letter in two cases": "aAaAaAaAaAaA",
    "spaces": " " * 12,
    "one family": FAMILY * 4,
    "one family once": FAMILY,
    "one accented letter": "e\u0301" * 12,
    "nothing that can be seen": "\u200b" * 12,
    "one letter and what cannot be seen": "a\u200b" * 12,
    "a line end": "correct horse\nbattery",
    "a null": "correct horse\x00battery",
}
WIDE = "".join(chr(ord(sign) + 0xFEE0) for sign in "qwertyuiop")
COMMON = ["qwertyuiop", "1234567890", "Password123", "PASSWORD123", WIDE,
          "qwerty\u200buiop", "q1w2e3r4t5", "0987654321", "1Q2W3E4R5T6Y"]  # fmt: skip


def account(passphrase):
    return {"handle": "ann", "passphrase": passphrase}


@pytest.mark.parametrize("passphrase", GOOD)
def test_a_good_passphrase_can_be_chosen(passphrase):
    assert Register().load(account(passphrase))["passphrase"] == passphrase
    require_uncommon("passphrase", passphrase, "ann")


@pytest.mark.parametrize("passphrase", FORM.values(), ids=FORM)
def test_a_passphrase_that_is_none_is_refused_wherever_one_is_chosen(passphrase):
    assert Register().validate(account(passphrase)).keys() == {"passphrase"}
    assert NewUser().validate({**account(passphrase), "role": "peer"}).keys() == {"passphrase"}
    changed = {"passphrase": "correct horse battery", "new_passphrase": passphrase}
    assert ChangePassphrase().validate(changed).keys() == {"new_passphrase"}


@pytest.mark.parametrize("passphrase", FORM.values(), ids=FORM)
def test_the_rules_are_for_new_passphrases(passphrase):
    """Who has an old one can sign in, and change it."""
    assert LogIn().load(account(passphrase))["passphrase"] == passphrase, "as it was sent"
    assert Confirm().validate({"passphrase": passphrase}) == {}
    changed = {"passphrase": passphrase, "new_passphrase": "correct horse battery"}
    assert ChangePassphrase().validate(changed) == {}


def test_characters_are_counted_in_the_form_in_which_they_are_hashed():
    decomposed = "e\u0301u\u0302" * 100
    assert len(Register().load(account(decomposed))["passphrase"]) == 200
    assert LogIn().load(account(decomposed))["passphrase"] == decomposed
    assert LogIn().validate(account("x" * 1001)).keys() == {"passphrase"}


@pytest.mark.parametrize("passphrase", COMMON)
def test_a_common_passphrase_is_refused_with_advice(passphrase):
    with pytest.raises(BadRequest, match="most common ones; use several words") as refused:
        require_uncommon("new_passphrase", passphrase, "ann")
    assert refused.value.details == {"field": "new_passphrase"}


@pytest.mark.parametrize(("handle", "passphrase"), [
    ("ann.of.the.sea", "ann.of.the.sea"), ("ann.of.the.sea", "ANN.of.the.sea"),
    ("Zo\u00eb-of-the-sea", "zoe\u0308-of-the-sea"),
])  # fmt: skip
def test_the_handle_is_no_passphrase(handle, passphrase):
    with pytest.raises(BadRequest, match="This is the handle"):
        require_uncommon("passphrase", passphrase, handle)


def test_the_list_has_ten_thousand_that_could_be_chosen_otherwise():
    assert len(common()) == 10_000
    assert all(len(one) >= 10 and folded(one) == one for one in common())
    chosen = [one for one in common() if not Register().validate(account(one))]
    assert len(chosen) > 9_900, "others are one character again and again"


@given(
    st.sampled_from(sorted(common())).flatmap(lambda one: st.sampled_from([one.upper(), one.title(), f"\ufeff{one}"]))
)
def test_every_one_is_refused_however_it_is_written(passphrase):
    with pytest.raises(BadRequest):
        require_uncommon("passphrase", passphrase, "ann")
