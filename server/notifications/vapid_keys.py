"""The VAPID key: browsers bind each subscription to it, so it is made once and then never changes (RFC 8292)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from functools import cached_property

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from server.commands.context import Clock
from server.store import push_keys
from server.store.database import Mongo

FERNET_KEY_BYTES = 32


class VapidKeys:
    """The key pair of this server, made on first use. The private key is stored encrypted with the secret keys."""

    def __init__(self, database: Mongo, secrets: Sequence[str], now: Clock) -> None:
        """Take the secret keys. The last one encrypts: it never changes."""
        self._database, self._now = database, now
        self._sealer, self._all = _fernet(secrets[-1]), MultiFernet([_fernet(key) for key in secrets])

    @cached_property
    def private(self) -> ec.EllipticCurvePrivateKey:
        """The private key; raises ValueError if the stored one was encrypted with other secret keys."""
        sealed = push_keys.kept(self._database)
        if sealed is None:
            sealed = push_keys.kept_or_made(self._database, self._made(), self._now())
        try:
            key = load_pem_private_key(self._all.decrypt(sealed), password=None)
        except InvalidToken as error:
            raise ValueError("The VAPID key was stored with other SECRET_KEYS.") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("The stored VAPID key is of another kind.")  # noqa: TRY004 — what is stored is wrong
        return key

    @cached_property
    def public(self) -> str:
        """The public key as browsers take it (``applicationServerKey``): 65 bytes in base64url."""
        return encoded(self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def _made(self) -> str:
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self._sealer.encrypt(pem).decode()


def encoded(raw: bytes) -> str:
    """Return bytes in base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return the bytes of a base64url text, with or without padding; raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _fernet(secret: str) -> Fernet:
    key = HKDF(SHA256(), FERNET_KEY_BYTES, salt=None, info=b"beside web push").derive(secret.encode())
    return Fernet(urlsafe_b64encode(key))
