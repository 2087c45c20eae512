"""Web Push and UnifiedPush: payloads encrypted for one browser (RFC 8291), requests signed with VAPID (RFC 8292)."""

import os
import struct
import threading
import time
from urllib.parse import urlsplit

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.notifications.provider import Gone, Refused, Sent
from server.notifications.push_http import PushHttp, require_served
from server.notifications.vapid_keys import VapidKeys, decoded

CURVE = ec.SECP256R1()
RECORD = 4096  # bytes of the one record of a sealed payload
SALT, AUTH, POINT = 16, 16, 65  # bytes
LAST = b"\x02"  # the delimiter that follows the payload in the last record
SIGNED_FOR = 12 * 3600  # seconds that a signature is used for one push service; 24 hours are allowed
EARLY = 60  # seconds by which clocks may differ
MOST_SIGNATURES = 256  # push services whose signatures are kept
OK, MULTIPLE_CHOICES = 200, 300  # status codes
GONE, FORBIDDEN = {404, 410}, {401, 403}


class WebPush:
    """Sends to the endpoint that a browser, or an app with UnifiedPush, was given by its push service."""

    def __init__(self, http: PushHttp, keys: VapidKeys, contact: str) -> None:
        """Take the contact of the operator: a mailto: or https: address."""
        self._http, self._keys, self._contact = http, keys, contact
        self._signatures: dict[str, tuple[int, str]] = {}  # {origin: (until when it is used, in s, the header)}
        self._lock = threading.Lock()

    def send(self, sent: Sent) -> None:
        """Send a payload to a browser; raises Gone, Retry or Refused."""
        try:
            body = seal(orjson.dumps(sent.payload), *sent.keys)
        except ValueError as error:
            raise Gone from error
        headers = {
            "Authorization": self._signature(sent.token),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(sent.ttl),
            "Topic": sent.payload["collapse"],
            "Urgency": "high",
        }
        answer = self._http.post(sent.token, headers, body)
        if answer.status in GONE:
            raise Gone
        require_served(answer)
        if not OK <= answer.status < MULTIPLE_CHOICES:  # other subscriptions may be fine, so ``is_whole`` is False
            is_said = answer.status in FORBIDDEN
            why = f"status {answer.status}" + (": check PUSH_CONTACT" if is_said else "")
            raise Refused(why, is_whole=False, is_said=is_said)

    def _signature(self, endpoint: str) -> str:
        """Return the header by which a push service knows this server; it is the same for all of its endpoints."""
        url, now = urlsplit(endpoint), int(time.time())
        origin = f"https://{url.netloc}"
        with self._lock:
            until, header = self._signatures.get(origin, (0, ""))
        if now >= until:
            claims = {"aud": origin, "exp": now + 2 * SIGNED_FOR - EARLY, "sub": self._contact}
            token = jwt.encode(claims, self._keys.private, algorithm="ES256")
            header = f"vapid t={token}, k={self._keys.public}"
            with self._lock:
                if len(self._signatures) >= MOST_SIGNATURES:
                    self._signatures.clear()
                self._signatures[origin] = (now + SIGNED_FOR, header)
        return header


def require_keys(p256dh: str, auth: str) -> None:
    """Raise ValueError unless these are the keys of a subscription: a point of P-256, and 16 bytes."""
    if len(decoded(auth)) != AUTH:
        raise ValueError("auth needs 16 bytes.")
    _point(p256dh)


def seal(
    payload: bytes,
    p256dh: str,
    auth: str,
    salt: bytes | None = None,
    own: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """Return a payload that only the subscription with these keys (base64url) can open, as ``aes128gcm``.

    ``salt`` and ``own`` are random unless a test gives them. Raises ValueError for keys that are not valid.
    """
    salt, own = salt or os.urandom(SALT), own or ec.generate_private_key(CURVE)
    theirs = decoded(p256dh)
    mine = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = own.exchange(ec.ECDH(), _point(p256dh))
    secret = _derived(decoded(auth), shared, b"WebPush: info\0" + theirs + mine, 32)
    key = _derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\0", 12)
    header = salt + struct.pack("!IB", RECORD, len(mine)) + mine
    return header + AESGCM(key).encrypt(nonce, payload + LAST, None)


def _point(p256dh: str) -> ec.EllipticCurvePublicKey:
    raw = decoded(p256dh)
    if len(raw) != POINT:
        raise ValueError("p256dh needs 65 bytes.")
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw)


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
