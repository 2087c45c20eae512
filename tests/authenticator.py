"""An authenticator in software: it makes passkeys and signs with them, and a test can make it do so wrongly."""

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from tests.phone import Wire

ORIGIN = "http://localhost:5000"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40  # flags of the authenticator data


@dataclass
class Authenticator:
    """One passkey. It counts its uses if ``counts``. By default a signature says that the user was verified."""

    origin: str = ORIGIN
    rp_id: str = "localhost"
    flags: int = PRESENT | VERIFIED
    counts: bool = True
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_id: str = ""

    def create(self, options: Wire) -> Wire:
        """Return the new passkey for some creation options, as `toJSON()` gives it."""
        self.user_id = options["publicKey"]["user"]["id"]
        data = self._data(ATTESTED) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self._public_key()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options)
        return self._credential(
            clientDataJSON=bytes_to_base64url(client), attestationObject=bytes_to_base64url(attestation)
        )

    def get(self, options: Wire) -> Wire:
        """Return a signature for some request options, as `toJSON()` gives it."""
        self.count += self.counts
        data, client = self._data(), self._client("webauthn.get", options)
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            clientDataJSON=bytes_to_base64url(client),
            authenticatorData=bytes_to_base64url(data),
            signature=bytes_to_base64url(signature),
            userHandle=self.user_id,
        )

    @property
    def name(self) -> str:
        """The id of the credential, as it crosses the wire."""
        return bytes_to_base64url(self.id)

    def _credential(self, **response: str) -> Wire:
        return {"id": self.name, "rawId": self.name, "type": "public-key", "response": response}

    def _data(self, more: int = 0) -> bytes:
        return sha256(self.rp_id.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _client(self, what: str, options: Wire) -> bytes:
        challenge = options["publicKey"]["challenge"]
        return json.dumps({"type": what, "challenge": challenge, "origin": self.origin}).encode()

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})


def spoilt(credential: Wire, name: str) -> Wire:
    """Return a credential with one byte of its response changed."""
    raw = bytearray(base64url_to_bytes(credential["response"][name]))
    raw[-1] ^= 1
    return credential | {"response": credential["response"] | {name: bytes_to_base64url(bytes(raw))}}
