"""The security log: who signed in, who failed to, what changed on an account, and what staff did. No names, no content.

Each event is one line of JSON on the logger `security`, whatever LOG_LEVEL says. An address is in it only as a keyed
hash: equal addresses are recognised, and nobody without the server's secret finds out which they are.
"""

import hmac
import logging
from typing import Any

import structlog

EVENTS = {  # {event: its meaning}; docs/operations.md has a row for each
    "sign_in": "A user has signed in, or tried to.",
    "sign_out": "A device was signed out.",
    "refresh_token_replayed": "A refresh token was used twice: it may be stolen.",
    "confirmation": "Somebody who is signed in could not prove who they are.",
    "account_made": "An account was made.",
    "account_deleted": "An account was deleted.",
    "passphrase_changed": "A user has chosen another passphrase.",
    "role_changed": "A user has another role.",
    "device_linked": "A device was signed in with the code of another device.",
    "factors_reset": "The second factors of a user were removed.",
    "passkey_added": "A passkey was added.",
    "passkey_removed": "A passkey was removed.",
    "passphrase_reset": "A user has chosen another passphrase with a reset code.",
    "recovery_code_used": "A recovery code was used.",
    "recovery_codes_made": "Recovery codes were made.",
    "reset_code_made": "An operator has made a code to reset a passphrase.",
    "totp_removed": "An authenticator app was removed.",
    "totp_set_up": "An authenticator app was set up.",
    "staff_command": "An operator or supervisor has changed something.",
    "staff_request": "An operator or supervisor was shown a person, or did something to an account.",
    "command_line": "A command was run on the server.",
}
DIGEST = 16  # hexadecimal digits of a hashed address

_logger = logging.getLogger("security")
_logger.setLevel(logging.INFO)
_log: Any = structlog.wrap_logger(
    _logger,
    processors=[
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
)


class SecurityLog:
    """Writes security events. ``secret`` is the key of the hashes of addresses."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"security log", "sha256")

    def note(
        self,
        event: str,
        outcome: str = "ok",
        *,
        user: str | None = None,
        by: str | None = None,
        device: str | None = None,
        address: str | None = None,
        **more: str,
    ) -> None:
        """Write one of EVENTS; raises KeyError for any other event.

        ``outcome`` is ok, or the code of the error. ``user`` is the account that the event is about; ``by`` is the user
        who caused it. ``address`` is the value of `rate_limits.origin`: an IPv4 address, or an IPv6 /64 network.
        ``more`` holds fixed words, such as the way of a sign-in, and never anything that a caller wrote.
        """
        if event not in EVENTS:
            raise KeyError(event)
        hashed = None if address is None else hmac.digest(self._key, address.encode(), "sha256").hex()[:DIGEST]
        _log.info(event, outcome=outcome, user=user, by=by, device=device, address=hashed, **more)
