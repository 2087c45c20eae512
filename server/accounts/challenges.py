"""The challenges of passkeys: random, for one account or for signing in, valid for five minutes, each used once.

A challenge holds its account and its expiry time, signed. Making one stores nothing: callers who ask for many
fill no storage, and every worker can verify each. Only the digest of a used challenge is stored.
"""

import secrets
from collections.abc import Sequence
from hashlib import sha256

from itsdangerous import BadData, URLSafeSerializer

from server.commands.context import Clock
from server.store.passkeys import PasskeyStore
from sync.clock import MINUTE

VALID = 5 * MINUTE  # ms for which a challenge can be used
RANDOM = 24  # characters of base64url: 144 random bits
SIGN_IN = ""  # in place of an account, which is not known before the challenge is answered


class Challenges:
    """Makes and verifies challenges. The first key signs; signatures of all keys are accepted."""

    def __init__(self, keys: Sequence[str], store: PasskeyStore, now: Clock) -> None:
        self._serializer = URLSafeSerializer(list(reversed(keys)), salt="passkey challenge")
        self._store, self._now = store, now

    def issue(self, user: str) -> bytes:
        """Return a new challenge for an account that adds a passkey, or for SIGN_IN."""
        random = secrets.token_urlsafe(RANDOM * 3 // 4)
        return str(self._serializer.dumps([user, self._now() + VALID, random])).encode()

    def is_valid(self, challenge: bytes, user: str) -> bool:
        """Tell whether a challenge was made here for this account, or for SIGN_IN, and has not expired."""
        try:
            signed_user, expires, _ = self._serializer.loads(challenge)
        except BadData:
            return False
        return bool(signed_user == user and self._now() < expires)

    def spend(self, challenge: bytes) -> bool:
        """Use a valid challenge up; return False if it was used before."""
        return self._store.spend(sha256(challenge).hexdigest(), self._now())
