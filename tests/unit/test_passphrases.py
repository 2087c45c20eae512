"""Hashing passphrases: right, slow on purpose, and never in the greenlet that serves others."""

import threading

import pytest

from server.accounts import passphrases


@pytest.fixture
def threads(monkeypatch):
    """Return the threads in which hashes are computed."""
    seen = []

    class Watched:
        def hash(self, passphrase):
            seen.append(threading.get_ident())
            return f"hash of {passphrase}"

        def verify(self, passphrase, stored):
            seen.append(threading.get_ident())
            return stored == f"hash of {passphrase}"

    monkeypatch.setattr(passphrases, "_hasher", Watched())
    return seen


def test_a_passphrase_is_verified_by_its_hash():
    stored = passphrases.hashed("correct horse battery")
    assert passphrases.verified("correct horse battery", stored)
    assert not passphrases.verified("wrong horse battery", stored)
    assert not passphrases.verified("correct horse battery", None)


def test_hashes_are_computed_in_other_threads(threads):
    passphrases.hashed("x")
    passphrases.verified("x", "hash of x")
    assert len(threads) == 2
    assert threading.get_ident() not in threads


def test_for_nobody_as_much_is_computed_as_for_somebody(threads):
    passphrases.verified("x", None)
    assert len(threads) == 1
