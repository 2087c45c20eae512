"""Hashing passphrases: right, slow on purpose, and never in the greenlet that serves others."""

import os
import sys
import threading

import pytest

from schemas.errors import TryLater
from server.accounts import passphrases

REAL = vars(passphrases).copy()  # before this run makes hashes cheap


@pytest.fixture(autouse=True)
def _as_it_is_for_people(monkeypatch):
    for name in ("_hasher", "_nobody"):
        monkeypatch.setattr(passphrases, name, REAL[name])


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


def test_the_hash_that_stands_for_nobodys_takes_as_long_as_any():
    kind, version, costs, salt, digest = passphrases._nobody.split("$")[1:]
    made = passphrases.hashed("x").split("$")[1:]
    assert [kind, version, costs] == made[:3] == ["argon2id", "v=19", "m=19456,t=2,p=1"]
    assert [len(salt), len(digest)] == [len(made[3]), len(made[4])]


def test_a_flood_of_sign_ins_is_told_early_to_come_back(monkeypatch):
    """Who finds very many waiting is not made to wait as well."""
    monkeypatch.setattr(passphrases, "MOST_WAITING", 0)
    with pytest.raises(TryLater) as refused:
        passphrases.hashed("x")
    assert refused.value.details["retry_after"] > 0
    monkeypatch.undo()
    assert passphrases.verified("x", passphrases.hashed("x")), "and those who wait are served"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_hashing_has_a_lower_priority_than_serving(monkeypatch):
    found = []

    class Watched:
        def hash(self, _passphrase):
            found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
            return "hash"

    monkeypatch.setattr(passphrases, "_hasher", Watched())
    before = os.getpriority(os.PRIO_PROCESS, 0)
    passphrases.hashed("x")
    assert found[0] >= min(19, passphrases.NICE)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before, "the worker itself keeps its own"
