"""The master keys, which encrypt the data keys. No I/O and no clock.

A wrapped key is a version byte, the id of the master key, a nonce, and the ciphertext with its tag (AES-256-GCM). It
can be unwrapped only for the purpose for which it was wrapped, so a wrapped key that was moved to another row is
refused.
"""

import hashlib
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
VERSION = b"\x01"
ID_BYTES, NONCE_BYTES, TAG_BYTES = 8, 12, 16
ID_END = len(VERSION) + ID_BYTES  # where the id of the master key ends in a wrapped key
HEADER_BYTES = ID_END + NONCE_BYTES
ID_LABEL = b"beside master key id 1:"


class UnknownMasterKey(LookupError):
    """A key was wrapped by a master key that this server does not have."""


class Tampered(ValueError):
    """A wrapped key was changed, is damaged, or was wrapped for another purpose."""


class MasterKeys:
    """The master keys: the first wraps, all unwrap."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take at least one key, each of KEY_BYTES random bytes; raises ValueError otherwise."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"At least one master key is needed, and each has {KEY_BYTES} bytes.")
        self._ciphers = {key_id(key): AESGCM(key) for key in keys}
        self._current = key_id(keys[0])

    def wrap(self, plain: bytes, about: bytes) -> bytes:
        """Return a key wrapped by the first master key.

        ``about`` says what the key is for: it is not stored in the wrapped key, and must be the same to unwrap it.
        """
        nonce = secrets.token_bytes(NONCE_BYTES)
        header = VERSION + self._current + nonce
        return header + self._ciphers[self._current].encrypt(nonce, plain, header + about)

    def unwrap(self, sealed: bytes, about: bytes) -> bytes:
        """Return a key as it was before ``wrap``.

        Raises UnknownMasterKey if none of the master keys wrapped it, and Tampered if it was changed, is not a wrapped
        key at all, or was wrapped with another ``about``.
        """
        header = sealed[:HEADER_BYTES]
        if not header.startswith(VERSION) or len(sealed) < HEADER_BYTES + TAG_BYTES:
            raise Tampered("This is no wrapped key.")
        wrapped_by = header[len(VERSION) : ID_END]
        cipher = self._ciphers.get(wrapped_by)
        if cipher is None:
            raise UnknownMasterKey(f"No master key has the id {wrapped_by.hex()}. Add the old key to MASTER_KEYS.")
        try:
            return cipher.decrypt(header[ID_END:], sealed[HEADER_BYTES:], header + about)
        except InvalidTag as error:
            raise Tampered("A wrapped key was changed, or was wrapped for another purpose.") from error

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether a key is wrapped by the first master key; if not, it has to be wrapped again."""
        return sealed.startswith(VERSION + self._current)


def key_id(key: bytes) -> bytes:
    """Return the ID_BYTES that name a master key; they tell nothing about the key itself."""
    return hashlib.sha256(ID_LABEL + key).digest()[:ID_BYTES]
