"""The settings, from environment variables. The default of every setting suits one small machine."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from environs import Env, EnvError, EnvValidationError, ValidationError, validate

from server.accounts import factor_settings, oidc_settings
from server.accounts.factor_settings import IF_SET_UP, REQUIRED, FactorSettings
from server.data_directory import kept_or_made, require_private
from server.embedded_database.client import Unusable
from server.limits import settings
from server.limits.settings import Limits
from server.notifications import push_settings
from server.notifications.push_settings import PushSettings
from server.sealing import key_sources
from server.web import origin_entries

SHORTEST_KEY = 32  # characters
SHORTEST_TOKEN = 16  # characters
ACCESS_SECONDS = 600  # lifetime of an access token if ACCESS_TOKEN_SECONDS is not set
BACKUPS_KEPT, LONGEST_KEPT = 30, 3650  # days
URI = "db.uri"  # the file in DATA_DIR that holds the URI of the embedded database
AUTO, ON, OFF = "auto", "on", "off"  # values of DEMO
LEAST_ACCESS, MOST_ACCESS = 5, 3600  # seconds; a stolen token can be used for that long


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one server."""

    data_dir: Path
    mongodb_uri: str | None  # None: the embedded database
    secret_keys: tuple[str, ...]  # the first signs; all are accepted
    allowed_origins: tuple[str, ...]  # web apps that may call; "*" for any
    trusted_proxies: int  # proxies in front, each of which adds one X-Forwarded-For
    log_level: str
    master_keys: tuple[bytes, ...] = field(repr=False)  # the first wraps; all unwrap
    bus_url: str | None = None  # Valkey or Redis, for several workers
    metrics_token: str | None = None  # the token to read the metrics; None: nobody can read them
    limits: Limits = field(default_factory=Limits)
    access_seconds: int = ACCESS_SECONDS
    oidc_providers: tuple[oidc_settings.Provider, ...] = ()  # through which people can sign in
    factors: FactorSettings = field(default_factory=FactorSettings)  # passkeys, and the second factor of staff
    push: PushSettings = field(default_factory=PushSettings)  # the push services that reach phones
    web_app: bool = True  # whether the web app is served at /app
    demo: str = OFF  # whether anybody can get a pair of demo accounts: AUTO with the embedded database only
    backups_kept_days: int = BACKUPS_KEPT  # for how long operators keep back-ups, which receipts of erasures name

    @property
    def is_embedded(self) -> bool:
        """True if the database is the embedded one. Gunicorn passes its URI to the workers as MONGODB_URI."""
        return _is_embedded(self.mongodb_uri, self.data_dir)

    @property
    def has_demo(self) -> bool:
        """True if anybody can get a pair of demo accounts. There is no demo without the web app, which has its page."""
        return self.web_app and (self.demo == ON or (self.demo == AUTO and self.is_embedded))


def load() -> Config:
    """Read the environment; raises an EnvError that names every wrong variable."""
    env = Env(eager=False)
    data_dir = env.path("DATA_DIR", Path("data"))
    uri = env.str("MONGODB_URI", None)
    keys: list[str] = env.list("SECRET_KEYS", [], validate=_long_enough)
    allowed: list[str] = env.list("ALLOWED_ORIGINS", [], validate=_origins)
    proxies = env.int("TRUSTED_PROXIES", 0, validate=validate.Range(0, 8))
    level = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))
    bus_url = env.str("BUS_URL", None, validate=_valkey)
    token = env.str("METRICS_TOKEN", None, validate=_long_enough_token)
    access_seconds = env.int("ACCESS_TOKEN_SECONDS", ACCESS_SECONDS, validate=validate.Range(LEAST_ACCESS, MOST_ACCESS))
    limits, factors, oidc = settings.read(env), _factors(env), env.str("OIDC_PROVIDERS", "")
    push, workers = push_settings.read(env), env.int("WORKERS", 1, validate=validate.Range(1, 64))
    pages, masters, is_own = _pages(env), key_sources.read(env), _is_embedded(uri, data_dir)
    _seal(env)
    _require_bus(workers, bus_url)
    is_key_there = not keys or key_sources.is_file_used(masters, data_dir, may_make=is_own)
    _keep_private(data_dir, is_needed=uri is None or is_key_there)
    secret, providers, factors = _secret(keys, data_dir), _providers(oidc), _resolved(factors, allowed)
    master_keys = key_sources.resolve(masters, data_dir, may_make=is_own)
    return Config(
        data_dir, uri, secret, tuple(allowed), proxies, level, master_keys, bus_url, token, limits, access_seconds,
        providers, factors, _resolved_push(push), *pages,
    )  # fmt: skip


def _is_embedded(uri: str | None, data_dir: Path) -> bool:
    """Tell whether a URI is that of the embedded database in a data directory. None stands for the embedded one."""
    if uri is None:
        return True
    try:
        return (data_dir / URI).read_text() == uri
    except OSError:
        return False


def _pages(env: Env) -> tuple[bool, str, int]:
    """Read whether the web app is served, the value of DEMO, and for how many days back-ups are kept.

    ``env.seal()`` reports each wrong variable.
    """
    is_served = env.str("WEB_APP", ON, validate=validate.OneOf([ON, OFF])) == ON
    kept = env.int("BACKUPS_KEPT_DAYS", BACKUPS_KEPT, validate=validate.Range(0, LONGEST_KEPT))
    return is_served, env.str("DEMO", AUTO, validate=validate.OneOf([AUTO, ON, OFF])), kept


def _seal(env: Env) -> None:
    """Raise an EnvError that names every wrong variable that was read so far."""
    try:
        env.seal()
    except EnvValidationError as error:
        raise EnvError(" ".join(_sentences(error))) from error


def _secret(keys: list[str], data_dir: Path) -> tuple[str, ...]:
    """Return the keys from the setting, or the key in the data directory; raises EnvError."""
    if not keys and "SECRET_KEYS" in os.environ:
        raise EnvError("SECRET_KEYS: Write at least one key, or leave it out; one is made then.")
    return tuple(keys) or (_own_key(data_dir),)


def _require_bus(workers: int, bus_url: str | None) -> None:
    """Raise EnvError if there are several workers and no bus between them."""
    if workers > 1 and bus_url is None:
        raise EnvError(
            "WORKERS: several workers need a bus between them; set BUS_URL, such as redis://127.0.0.1:6379/0."
        )


def _factors(env: Env) -> FactorSettings:
    """Read the settings of passkeys and of the second factor; each wrong variable is reported by ``env.seal()``."""
    rp_id = env.str("PASSKEY_RP_ID", None, validate=factor_settings.require_domain)
    origins: list[str] = env.list("PASSKEY_ORIGINS", [], validate=factor_settings.require_origins)
    staff = env.str("STAFF_SECOND_FACTOR", IF_SET_UP, validate=validate.OneOf([IF_SET_UP, REQUIRED]))
    return FactorSettings(rp_id, tuple(origins or ()), staff)


def _resolved(factors: FactorSettings, allowed: list[str]) -> FactorSettings:
    try:
        return factor_settings.resolved(factors, allowed)
    except ValueError as error:
        raise EnvError(str(error)) from error


def _resolved_push(push: Callable[[], PushSettings]) -> PushSettings:
    try:
        return push()
    except ValueError as error:
        raise EnvError(str(error)) from error


def require() -> Config:
    """Read the environment; end the process with a message if a variable is wrong."""
    try:
        return load()
    except EnvError as error:
        sys.exit(f"Beside cannot start. {error}")


def _providers(setting: str) -> tuple[oidc_settings.Provider, ...]:
    """Return the providers through which people can sign in; raises an EnvError that says which entry is wrong."""
    try:
        return oidc_settings.read(setting)
    except ValueError as error:
        raise EnvError(f"OIDC_PROVIDERS: {error}") from error


def _sentences(error: EnvValidationError) -> Iterator[str]:
    """Give one sentence for each wrong variable."""
    for name, messages in cast("dict[str, list[str]]", error.error_messages).items():
        yield f"{name}: {' '.join(messages)}"


def _origins(entries: list[str]) -> None:
    problems = [said for said in map(origin_entries.problem, entries) if said is not None]
    if problems:
        raise ValidationError(problems)


def _valkey(url: str) -> None:
    if url.partition("://")[0] not in {"redis", "rediss", "unix"}:
        raise ValidationError("Write it as redis://host:port/0.")


def _long_enough_token(token: str) -> None:
    if len(token) < SHORTEST_TOKEN:
        raise ValidationError(f"It needs {SHORTEST_TOKEN} characters or more. Without one there are no metrics.")


def _long_enough(keys: list[str]) -> None:
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise ValidationError(f"Each key needs {SHORTEST_KEY} characters or more.")


def _keep_private(data_dir: Path, *, is_needed: bool) -> None:
    """Make the data directory private to this user; raises EnvError if it is needed and cannot be used."""
    try:
        if is_needed or data_dir.is_dir():
            require_private(data_dir)
    except Unusable as error:
        if is_needed:
            raise EnvError(f"DATA_DIR: {error}") from error


def _own_key(data_dir: Path) -> str:
    """Return the secret key in the data directory, made on first use; raises EnvError."""
    path = data_dir / "secret.key"
    try:
        key = kept_or_made(path, lambda: secrets.token_urlsafe(48))
    except OSError as error:
        raise EnvError(f"DATA_DIR: {path} cannot be used: {error.strerror}.") from error
    if len(key) < SHORTEST_KEY:
        raise EnvError(f"{path} holds no key. Remove it to have one made, or restore it from your backup.")
    return key


def check(arguments: list[str]) -> None:
    """Check the environment, as `require` does. Write the master keys to the file descriptor given as the argument.

    Gunicorn's arbiter reads them there and passes them to all workers, so a key service is asked only at the start.
    """
    config = require()
    if arguments:
        with open(int(arguments[0]), "w") as arbiter:  # noqa: PTH123 — a pipe has no path
            arbiter.write(key_sources.written(config.master_keys))


if __name__ == "__main__":
    check(sys.argv[1:])
