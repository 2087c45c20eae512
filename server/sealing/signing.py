"""The key that signs what others must be able to verify without this server: crisis lines, and receipts of erasures."""

import hmac

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def signing_key(secret: str) -> Ed25519PrivateKey:
    """Return the key (Ed25519, RFC 8032) of a server with this lasting secret key."""
    return Ed25519PrivateKey.from_private_bytes(hmac.digest(secret.encode(), b"crisis lines", "sha256"))
