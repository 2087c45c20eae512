"""Authenticator apps: codes of six digits that change every 30 seconds (TOTP, RFC 6238)."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence

import pyotp
import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyotp.exceptions import OTPVerificationError

from schemas.errors import Forbidden, WrongState
from server.commands.context import Clock
from server.store.database import Document
from server.store.totp import TotpStore
from sync.record import Wire

ISSUER = "Beside"  # what authenticator apps show above the handle
WINDOW = 1  # steps of 30 s by which the clock of a phone may be wrong
FERNET_KEY_BYTES = 32

log = structlog.get_logger()


class Totp:
    """The authenticator app of each account, one at most. Its secret is stored encrypted, as it cannot be hashed."""

    def __init__(self, store: TotpStore, keys: Sequence[str], now: Clock) -> None:
        """Take the secret keys: the first encrypts; all are tried, so that keys can be rotated."""
        self._store, self._now = store, now
        self._current, self._all = _fernet(keys[0]), MultiFernet([_fernet(key) for key in keys])

    def start(self, user: str, handle: str) -> Wire:
        """Return {secret, uri} for an authenticator app. The app is valid once ``confirm`` has seen a code of it.

        Raises WrongState if the account has an app already.
        """
        secret = pyotp.random_base32()
        if not self._store.start(user, self._current.encrypt(secret.encode()).decode()):
            raise WrongState("You have an authenticator app; remove it first.", state="on")
        return {"secret": secret, "uri": pyotp.TOTP(secret).provisioning_uri(name=handle, issuer_name=ISSUER)}

    def confirm(self, user: str, code: str) -> None:
        """Make the app valid with its first code; raises Forbidden for a wrong one, WrongState if none was started."""
        row = self._store.find(user)
        if row is None or row["confirmed_at"] is not None:
            message = "Start with POST /api/v1/totp; there is no authenticator app to be confirmed."
            raise WrongState(message, state="off" if row is None else "on")
        step = self._step(row, code)
        if step is None:
            raise Forbidden("The code is wrong. Is the phone's clock right?", field="code")
        if not self._store.confirm(user, row["secret"], step, self._now()):
            raise WrongState("The authenticator app was replaced meanwhile; start again.", state="replaced")

    def is_on(self, user: str) -> bool:
        """Tell whether an account has an authenticator app that was confirmed."""
        row = self._store.find(user)
        return row is not None and row["confirmed_at"] is not None

    def takes(self, user: str, code: str) -> bool:
        """Use a code up; return False if it is wrong, or if it or a later one was used before."""
        row = self._store.find(user)
        step = None if row is None else self._step(row, code)
        return step is not None and self._store.use_step(user, step)

    def remove(self, user: str) -> bool:
        """Remove the app of an account; return whether it had one."""
        return self._store.remove(user)

    def _step(self, row: Document, code: str) -> int | None:
        """Return the time step that a code belongs to, or None if it is wrong."""
        try:
            totp = pyotp.TOTP(self._secret(row))
            return totp.verify_and_get_timecode(code, for_time=self._now() // 1000, valid_window=WINDOW)
        except InvalidToken:
            log.exception("no key of SECRET_KEYS decrypts the secret of an authenticator app", user=row["_id"])
        except OTPVerificationError:
            pass
        return None

    def _secret(self, row: Document) -> str:
        """Return the secret of an app; one that was encrypted with an older key is stored encrypted with the first.

        Raises InvalidToken if no key decrypts it.
        """
        sealed = row["secret"].encode()
        try:
            return self._current.decrypt(sealed).decode()
        except InvalidToken:
            secret = self._all.decrypt(sealed)
        self._store.encrypt_anew(row["_id"], row["secret"], self._current.encrypt(secret).decode())
        return secret.decode()


def _fernet(key: str) -> Fernet:
    """Return the encryption with a key that is derived from a secret key for this purpose alone."""
    derived = HKDF(SHA256(), FERNET_KEY_BYTES, salt=None, info=b"beside totp").derive(key.encode())
    return Fernet(urlsafe_b64encode(derived))
