"""The settings of passkeys and of the second factor: PASSKEY_RP_ID, PASSKEY_ORIGINS and STAFF_SECOND_FACTOR."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from environs import ValidationError

IF_SET_UP, REQUIRED = "if_set_up", "required"  # values of STAFF_SECOND_FACTOR

LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
DOMAIN = re.compile(rf"localhost|({LABEL}\.)+(?=[a-z]){LABEL}")
WEB = re.compile(rf"(https://({LABEL}\.)*{LABEL}|http://({LABEL}\.)*localhost)(:[0-9]{{1,5}})?")
ANDROID = re.compile(r"android:apk-key-hash:[A-Za-z0-9_-]{43}")
USE_ORIGINS = "write origins such as https://app.example.org or android:apk-key-hash:…, separated by commas."


@dataclass(frozen=True, slots=True)
class FactorSettings:
    """The relying party's id, which is a domain; the origins that may use its passkeys; and the rule for staff."""

    rp_id: str | None = None  # None: passkeys are off
    origins: tuple[str, ...] = ()
    staff: str = IF_SET_UP


def require_domain(rp_id: str) -> None:
    """Raise ValidationError unless the setting PASSKEY_RP_ID is a domain."""
    if not DOMAIN.fullmatch(rp_id):
        raise ValidationError("Write a domain such as example.org, in small letters, without https:// and port.")


def require_origins(origins: list[str]) -> None:
    """Raise ValidationError unless each entry of the setting PASSKEY_ORIGINS is an origin that can have passkeys."""
    for origin in origins:
        if not (WEB.fullmatch(origin) or ANDROID.fullmatch(origin)):
            raise ValidationError(f"{origin!r} is no such origin; {USE_ORIGINS}")


def resolved(settings: FactorSettings, allowed: Sequence[str]) -> FactorSettings:
    """Return the settings with the origins that apply: without PASSKEY_ORIGINS, those of ``allowed`` on the domain.

    Raises ValueError, whose message names the setting, if the settings contradict each other.
    """
    rp_id, origins = settings.rp_id, settings.origins
    if rp_id is None:
        if origins:
            raise ValueError("PASSKEY_ORIGINS: It needs PASSKEY_RP_ID, the domain of the passkeys.")
        return settings
    strange = [origin for origin in origins if not (ANDROID.fullmatch(origin) or _is_on(origin, rp_id))]
    if strange:
        raise ValueError(f"PASSKEY_ORIGINS: {strange[0]} is not on {rp_id}, which PASSKEY_RP_ID names.")
    usable = origins or tuple(one for one in allowed if WEB.fullmatch(one) and _is_on(one, rp_id))
    if not usable:
        raise ValueError(f"PASSKEY_ORIGINS: No origin of ALLOWED_ORIGINS is on {rp_id}; {USE_ORIGINS}")
    return replace(settings, origins=usable)


def _is_on(origin: str, rp_id: str) -> bool:
    host = urlsplit(origin).hostname or ""
    return host == rp_id or host.endswith(f".{rp_id}")
