"""The settings of push services, from environment variables."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from environs import Env, ValidationError, validate

APPLE = "https://api.push.apple.com"
GOOGLE = "https://fcm.googleapis.com"
CONTACT = "https://example.org/beside"
HOST = re.compile(r"(\*\.)?([a-z0-9-]+\.)*[a-z0-9-]+(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class ApnsSettings:
    """How this server signs in at Apple's push service: with a key of a developer team, for one app."""

    key: str  # the text of the .p8 file
    key_id: str
    team_id: str
    topic: str  # the bundle id of the app
    url: str = APPLE


@dataclass(frozen=True, slots=True)
class FcmSettings:
    """How this server signs in at Firebase Cloud Messaging: as the service account of a project."""

    project: str
    email: str
    key: str  # PEM
    token_uri: str
    url: str = GOOGLE


@dataclass(frozen=True, slots=True)
class PushSettings:
    """Which push services are configured."""

    web_push: bool = True
    contact: str = CONTACT  # where push services can report a problem with this server's pushes
    hosts: tuple[str, ...] = ()  # further hosts of Web Push and UnifiedPush, each "host" or "host:port"
    private_hosts: tuple[str, ...] = ()  # further ones that may have private addresses
    apns: ApnsSettings | None = None
    fcm: FcmSettings | None = None
    is_recorded: bool = field(default=False)  # True in tests: nothing is sent, and everything is kept


def read(env: Env) -> Callable[[], PushSettings]:
    """Read the environment; each wrong variable is reported by ``env.seal()``.

    Call the result after that: it returns the settings, or raises ValueError with a sentence that says what is wrong
    with several variables together, or with a file.
    """
    web_push = env.str("WEB_PUSH", "on", validate=validate.OneOf(["on", "off"]))
    contact = env.str("PUSH_CONTACT", CONTACT, validate=_contact)
    hosts: list[str] = env.list("PUSH_HOSTS", [], validate=_hosts)
    private: list[str] = env.list("PUSH_PRIVATE_HOSTS", [], validate=_hosts)
    apns = {name: env.str(f"APNS_{name.upper()}", "") for name in ("key", "key_id", "team_id", "topic")}
    apns_url, fcm_url = env.str("APNS_URL", APPLE, validate=_https), env.str("FCM_URL", GOOGLE, validate=_https)
    account = env.str("FCM_SERVICE_ACCOUNT", "")
    return lambda: PushSettings(
        web_push == "on", contact, tuple(hosts), tuple(private), _apns(apns, apns_url), _fcm(account, fcm_url)
    )


def _apns(found: dict[str, str], url: str) -> ApnsSettings | None:
    missing = [f"APNS_{name.upper()}" for name, value in found.items() if not value]
    if len(missing) == len(found):
        return None
    if missing:
        raise ValueError(f"{', '.join(missing)}: Set all of APNS_KEY, APNS_KEY_ID, APNS_TEAM_ID and APNS_TOPIC.")
    key = _text("APNS_KEY", found["key"])
    _require_key("APNS_KEY", key)
    return ApnsSettings(key, found["key_id"], found["team_id"], found["topic"], url)


def _fcm(setting: str, url: str) -> FcmSettings | None:
    if not setting:
        return None
    text = setting if setting.lstrip().startswith("{") else _text("FCM_SERVICE_ACCOUNT", setting)
    try:
        found = orjson.loads(text)
        account = FcmSettings(found["project_id"], found["client_email"], found["private_key"], found["token_uri"], url)
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        message = "FCM_SERVICE_ACCOUNT: Write the JSON file of a service account, with project_id, client_email, "
        raise ValueError(message + "private_key and token_uri.") from error
    _require_key("FCM_SERVICE_ACCOUNT", account.key)
    if not account.token_uri.startswith("https://"):
        raise ValueError("FCM_SERVICE_ACCOUNT: token_uri needs an https:// address.")
    return account


def _text(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name}: {path!r} cannot be read.") from error


def _require_key(name: str, key: str) -> None:
    try:
        load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name}: that holds no private key in PEM.") from error


def _contact(text: str) -> None:
    if re.fullmatch(r"mailto:[^@\s]+@[^@\s]+\.[^@\s]+|https://[^\s/]+\.\S+", text) is None:
        raise ValidationError("Write a real mailto: or https: address; Apple refuses others.")


def _hosts(entries: list[str]) -> None:
    wrong = [entry for entry in entries if HOST.fullmatch(entry) is None]
    if wrong:
        raise ValidationError(f"Write names of hosts, such as ntfy.example.org or *.example.org, not {wrong[0]!r}.")


def _https(url: str) -> None:
    if not url.startswith("https://") or url.endswith("/"):
        raise ValidationError("Write it as https://host, without a slash at its end.")
