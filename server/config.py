"""The settings, from environment variables. Every setting has a default that is right for one small machine."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from environs import Env, EnvError, ValidationError, validate

SHORTEST_KEY = 32  # characters


@dataclass(frozen=True, slots=True)
class Config:
    """How this server runs."""

    data_dir: Path
    mongodb_uri: str | None  # None: the embedded database
    secret_keys: tuple[str, ...]  # the first signs; all are accepted
    allowed_origins: tuple[str, ...]  # web apps that may call; "*" for any
    trusted_proxies: int  # proxies in front, each of which adds one X-Forwarded-For
    log_level: str


def load() -> Config:
    """Read the environment; raises EnvError that names every variable that is wrong."""
    env = Env(eager=False)
    data_dir = env.path("DATA_DIR", Path("data"))
    uri = env.str("MONGODB_URI", None)
    keys: list[str] = env.list("SECRET_KEYS", [], validate=_long_enough)
    origins: list[str] = env.list("ALLOWED_ORIGINS", [])
    proxies = env.int("TRUSTED_PROXIES", 0, validate=validate.Range(0, 8))
    level = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))
    env.seal()
    return Config(data_dir, uri, tuple(keys) or (_own_key(data_dir),), tuple(origins), proxies, level)


def _long_enough(keys: list[str]) -> None:
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise ValidationError(f"Each key needs {SHORTEST_KEY} characters or more.")


def _own_key(data_dir: Path) -> str:
    """Return the key kept in the data directory, made on first use and readable by its owner only."""
    path = data_dir / "secret.key"
    data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with NamedTemporaryFile("w", dir=data_dir, prefix="secret.") as whole:  # readable by its owner only
            whole.write(secrets.token_urlsafe(48))
            whole.flush()
            os.fsync(whole.fileno())
            with suppress(FileExistsError):  # another worker was faster
                os.link(whole.name, path)
    key = path.read_text().strip()
    if len(key) < SHORTEST_KEY:
        raise EnvError(f"{path} holds no key. Remove it to have one made, or restore it from your backup.")
    return key
