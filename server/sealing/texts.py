"""Texts that leave this server, such as over Valkey, sealed with keys that are derived from the master keys."""

import os
from base64 import b64decode, b64encode
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES, NONCE_BYTES = 32, 12


class Unreadable(ValueError):
    """A text was not sealed with one of our keys, or was changed on its way."""


class SealedTexts:
    """Seals texts with the first key, and opens texts that any of the keys has sealed, so that keys can be rotated."""

    def __init__(self, master_keys: Sequence[bytes], purpose: str) -> None:
        """Take the master keys, and the purpose of the texts: texts of one purpose cannot be opened for another."""
        self._ciphers = [AESGCM(_derived(key, purpose)) for key in master_keys]

    def seal(self, text: str, about: str) -> str:
        """Return a sealed text, in base64. ``about`` (AAD) names its place, and must be the same to open the text."""
        nonce = os.urandom(NONCE_BYTES)
        return b64encode(nonce + self._ciphers[0].encrypt(nonce, text.encode(), about.encode())).decode()

    def open(self, sealed: str, about: str) -> str:
        """Return the text that was sealed; raises Unreadable."""
        try:
            raw = b64decode(sealed, validate=True)
        except ValueError as error:
            raise Unreadable from error
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], about.encode()).decode()
            except (InvalidTag, ValueError):
                continue
        raise Unreadable


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"beside {purpose}".encode()).derive(key)
