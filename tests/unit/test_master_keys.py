"""Master keys: what one of them wrapped can be unwrapped unchanged, for the same purpose only."""

import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from server.sealing.master_keys import MasterKeys, Tampered, UnknownMasterKey, key_id

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
PLAIN, ABOUT = b"k" * 32, b"key:ann|pair:ann-bob"


@given(plain=st.binary(max_size=100), about=st.binary(max_size=100))
def test_what_was_wrapped_is_unwrapped_unchanged(plain, about):
    keys = MasterKeys([NEW, OLD])
    assert keys.unwrap(keys.wrap(plain, about), about) == plain


def test_a_wrapped_key_has_the_documented_form():
    """Another program can read it: what is stored stays readable whatever becomes of this code."""
    sealed = MasterKeys([NEW, OLD]).wrap(PLAIN, ABOUT)
    named = hashlib.sha256(b"beside master key id 1:" + NEW).digest()[:8]
    assert sealed[:9] == b"\x01" + named
    assert len(sealed) == 1 + 8 + 12 + len(PLAIN) + 16
    assert AESGCM(NEW).decrypt(sealed[9:21], sealed[21:], sealed[:21] + ABOUT) == PLAIN


def test_a_key_that_was_wrapped_in_an_earlier_release_is_still_unwrapped():
    header, sealed = (
        "011f7bf43d79fca37c000102030405060708090a0b",
        ("2c69bd70ae8ea970e62afce0da821306e8bdec5f9b103417530c8eee76026bd9aaf7514a34172cb6b267ac35983f40da"),
    )
    assert MasterKeys([bytes(range(32))]).unwrap(bytes.fromhex(header + sealed), b"about") == PLAIN


def test_no_two_wrapped_keys_are_alike():
    keys = MasterKeys([NEW])
    assert len({keys.wrap(PLAIN, ABOUT) for _ in range(100)}) == 100
    assert len({keys.wrap(PLAIN, ABOUT)[9:21] for _ in range(100)}) == 100


def test_the_first_key_wraps_and_all_keys_unwrap():
    before = MasterKeys([OLD]).wrap(PLAIN, ABOUT)
    keys = MasterKeys([NEW, OLD])
    after = keys.wrap(keys.unwrap(before, ABOUT), ABOUT)
    assert MasterKeys([NEW]).unwrap(after, ABOUT) == PLAIN
    assert (keys.is_current(before), keys.is_current(after)) == (False, True)


@pytest.mark.parametrize("other", [b"", b"\x01", b"\x02" + key_id(NEW) + b"n" * 28, key_id(NEW) + b"n" * 29])
def test_what_is_no_wrapped_key_is_not_current(other):
    assert not MasterKeys([NEW]).is_current(other)


def test_a_missing_master_key_is_named():
    sealed = MasterKeys([OLD]).wrap(PLAIN, ABOUT)
    with pytest.raises(UnknownMasterKey, match=rf"{key_id(OLD).hex()}\. Add the old key to MASTER_KEYS"):
        MasterKeys([NEW, OTHER]).unwrap(sealed, ABOUT)


@pytest.mark.parametrize("about", [b"", b"key:bob|pair:ann-bob", ABOUT + b"\0", ABOUT[:-1]])
def test_a_key_is_refused_for_another_purpose(about):
    keys = MasterKeys([NEW])
    with pytest.raises(Tampered, match="another purpose"):
        keys.unwrap(keys.wrap(PLAIN, ABOUT), about)


def test_a_change_of_any_bit_is_noticed():
    keys = MasterKeys([NEW, OLD])
    sealed = keys.wrap(PLAIN, ABOUT)
    for place in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises((Tampered, UnknownMasterKey)):
            keys.unwrap(bytes(changed), ABOUT)


def test_the_id_cannot_be_exchanged_for_that_of_an_equal_key(monkeypatch):
    """The header is authenticated too, and not only used to find the key."""
    monkeypatch.setattr("server.sealing.master_keys.key_id", lambda key: key[:8])
    same = MasterKeys([NEW])
    sealed = same.wrap(PLAIN, ABOUT)
    same._ciphers[b"\0" * 8] = same._ciphers[NEW[:8]]
    with pytest.raises(Tampered):
        same.unwrap(sealed[:1] + b"\0" * 8 + sealed[9:], ABOUT)


def test_a_part_of_a_wrapped_key_is_refused():
    keys = MasterKeys([NEW])
    sealed = keys.wrap(b"", ABOUT)
    for end in range(len(sealed)):
        with pytest.raises(Tampered):
            keys.unwrap(sealed[:end], ABOUT)
    assert keys.unwrap(sealed, ABOUT) == b""


def test_a_form_of_a_later_release_is_not_guessed():
    header = b"\x02" + key_id(NEW) + b"n" * 12
    with pytest.raises(Tampered, match="no wrapped key"):
        MasterKeys([NEW]).unwrap(header + AESGCM(NEW).encrypt(b"n" * 12, PLAIN, header + ABOUT), ABOUT)


def test_there_is_a_key_and_each_has_32_bytes():
    for keys in ([], [b""], [b"k" * 31], [NEW, b"k" * 33], [b"k" * 16]):
        with pytest.raises(ValueError, match="32 bytes") as refused:
            MasterKeys(keys)
        assert "kkk" not in str(refused.value)


def test_a_cipher_is_made_once_for_each_key_and_not_for_each_call(monkeypatch):
    made = []

    def counted(key):
        made.append(key)
        return AESGCM(key)

    monkeypatch.setattr("server.sealing.master_keys.AESGCM", counted)
    keys = MasterKeys([NEW, OLD])
    for _ in range(5):
        keys.unwrap(keys.wrap(PLAIN, ABOUT), ABOUT)
    assert made == [NEW, OLD]
