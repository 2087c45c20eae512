"""Hashing passphrases: Argon2id, in threads, never in the greenlet that serves a request.

19 MiB, two passes, one lane is the OWASP recommendation; one hash takes some 30 ms of a core, during which every
other phone of this worker would wait. The threads have a lower priority than the worker itself (on Linux), and at most
MOST_WAITING callers may wait for them: a flood of sign-ins slows down sign-ins, and nothing else.
"""

import os
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

import gevent
from gevent.lock import BoundedSemaphore
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from schemas.errors import TryLater

AT_ONCE = 2  # hashes computed at the same time: each takes 19 MiB
MOST_WAITING = 64  # callers that wait for a hash: some two seconds of one core, about one second for two threads
NICE = 10  # by how much the priority of the threads is lower

Answer = TypeVar("Answer")

_hasher = PasswordHash([Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)])
_nobody = "$argon2id$v=19$m=19456,t=2,p=1$PeKm6SO/R1UQ2D2UUilRzg$dXM6gbBGJQwdIH5H7qqoaXIdhk/UYVapuZnjAcQJU+E"
_turns = BoundedSemaphore(AT_ONCE)
_waiting = 0
_thread = threading.local()


def hashed(passphrase: str) -> str:
    """Return a passphrase as it is stored; raises TryLater if too many wait for a hash."""
    return str(_in_a_thread(lambda: _hasher.hash(passphrase)))


def verified(passphrase: str, stored: str | None) -> bool:
    """Tell whether a passphrase is the stored one. Without an account (None), return False after the same time.

    Raises TryLater if too many wait for a hash.
    """
    return bool(_in_a_thread(lambda: _hasher.verify(passphrase, stored or _nobody))) and stored is not None


def _in_a_thread(work: Callable[[], Answer]) -> Answer:
    global _waiting  # noqa: PLW0603 — of this worker; greenlets of one thread change it
    if _waiting >= MOST_WAITING:
        raise TryLater("Too many people are signing in now; repeat this later.", retry_after=5)
    _waiting += 1
    try:
        with _turns:
            answer: Answer = gevent.get_hub().threadpool.apply(_politely, (work,))
    finally:
        _waiting -= 1
    return answer


def _politely(work: Callable[[], Answer]) -> Answer:
    """Work with a lower priority than the worker itself, on Linux: elsewhere, threads have no priority of their own."""
    if sys.platform == "linux" and not getattr(_thread, "is_polite", False):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        _thread.is_polite = True
    return work()
