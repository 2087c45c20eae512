"""Values sealed with a data key (AES-256-GCM): a version byte, a nonce, and the ciphertext with its tag."""

import os
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION, NONCE_BYTES = b"\x01", 12


def sealed(cipher: AESGCM, key: bytes, values: Mapping[str, Any], about: bytes) -> bytes:
    """Return values sealed with a key, whose id is ``key``. ``about`` (AAD) binds them to their place."""
    nonce = os.urandom(NONCE_BYTES)
    plain = orjson.dumps(values, default=_plain)
    return VERSION + nonce + cipher.encrypt(nonce, plain, VERSION + key + about)


def unsealed(cipher: AESGCM, key: bytes, blob: bytes, about: bytes) -> dict[str, Any]:
    """Return the values that were sealed; raises InvalidTag if they were changed, or belong elsewhere."""
    plain = cipher.decrypt(blob[1 : 1 + NONCE_BYTES], blob[1 + NONCE_BYTES :], blob[:1] + key + about)
    values: dict[str, Any] = orjson.loads(plain)
    return values


def _plain(value: Any) -> Any:
    """Return a value in a type that JSON has: a mapping as an object, a named tuple as an array."""
    return dict(value) if isinstance(value, Mapping) else list(value)
