"""Hashing passphrases: Argon2id, in threads, never in the greenlet that serves a request.

19 MiB, two passes, one lane is the OWASP recommendation; one hash takes some 30 ms of a core, during which every
other phone of this worker would wait.
"""

import gevent
from gevent.lock import BoundedSemaphore
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

AT_ONCE = 4  # hashes computed at the same time: each takes 19 MiB

_hasher = PasswordHash([Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)])
_nobody = _hasher.hash("no account has this passphrase")
_turns = BoundedSemaphore(AT_ONCE)


def hashed(passphrase: str) -> str:
    """Return a passphrase as it is stored."""
    with _turns:
        return str(gevent.get_hub().threadpool.apply(_hasher.hash, (passphrase,)))


def verified(passphrase: str, stored: str | None) -> bool:
    """Tell whether a passphrase is the stored one. Without an account (None) it takes as long, and returns False."""
    with _turns:
        right = bool(gevent.get_hub().threadpool.apply(_hasher.verify, (passphrase, stored or _nobody)))
    return right and stored is not None
