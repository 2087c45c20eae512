"""Where the master keys come from: the environment, a program, AWS KMS, or a file in the data directory.

They are read once, when the server starts. So a later failure of the program or of the key service cannot stop a server
that runs.
"""

import re
import secrets
import shlex
import subprocess
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from environs import Env, EnvError, ValidationError

from server.data_directory import kept_or_made
from server.sealing.master_keys import KEY_BYTES

FILE = "secret.master"  # in the data directory
MOST_KEYS = 100  # a limit against mistakes only: a wrapped key names its master key, so the others are not tried
COMMAND_SECONDS = 30.0
LONGEST_SAID = 200  # characters that are shown of what a program wrote to its stderr
SETTINGS = ("MASTER_KEYS", "MASTER_KEY_COMMAND", "MASTER_KEYS_KMS")
HOW = 'python3 -c "import secrets,base64; print(base64.b64encode(secrets.token_bytes(32)).decode())"'


@dataclass(frozen=True, slots=True)
class KeySettings:
    """The settings of master keys as they are in the environment; `repr` shows none of them."""

    keys: str | None = field(default=None, repr=False)
    command: str | None = field(default=None, repr=False)
    kms: str | None = field(default=None, repr=False)
    region: str = field(default="", repr=False)
    key_id: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    endpoint: str = field(default="", repr=False)

    @property
    def named(self) -> list[str]:
        """The names of those of SETTINGS that are set."""
        values = (self.keys, self.command, self.kms)
        return [name for name, value in zip(SETTINGS, values, strict=True) if value is not None]


def read(env: Env) -> KeySettings:
    """Read the environment; a wrong entry of MASTER_KEYS is reported by ``env.seal()``, never with its value."""
    keys = env.str("MASTER_KEYS", None, validate=_require_entries)
    return KeySettings(
        keys,
        env.str("MASTER_KEY_COMMAND", None),
        env.str("MASTER_KEYS_KMS", None),
        env.str("AWS_REGION", ""),
        env.str("AWS_ACCESS_KEY_ID", ""),
        env.str("AWS_SECRET_ACCESS_KEY", ""),
        env.str("AWS_SESSION_TOKEN", ""),
        env.str("AWS_ENDPOINT_URL_KMS", ""),
    )


def resolve(settings: KeySettings, data_dir: Path, *, may_make: bool) -> tuple[bytes, ...]:
    """Return the master keys, each of KEY_BYTES; the first is the current one. Raises EnvError.

    Without a setting, the only key is the one in the data directory, which is made on first use if ``may_make``.
    """
    named = settings.named
    if len(named) > 1:
        raise EnvError(f"{' and '.join(named)}: Set one of them only.")
    sources: dict[str, Callable[[], tuple[bytes, ...]]] = {
        "MASTER_KEYS": lambda: _entries(settings.keys or ""),
        "MASTER_KEY_COMMAND": lambda: _printed(settings.command or ""),
        "MASTER_KEYS_KMS": lambda: _from_kms(settings),
    }
    for name in named:
        try:
            return sources[name]()
        except ValueError as error:
            raise EnvError(f"{name}: {error}") from error
    return (_own(data_dir, may_make=may_make),)


def written(keys: Iterable[bytes]) -> str:
    """Return master keys as MASTER_KEYS takes them."""
    return ",".join(b64encode(key).decode() for key in keys)


def is_file_used(settings: KeySettings, data_dir: Path, *, may_make: bool) -> bool:
    """Tell whether the master key is the one in the data directory."""
    return not settings.named and (may_make or _exists(data_dir / FILE))


def _require_entries(text: str) -> None:
    try:
        _entries(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def _entries(text: str) -> tuple[bytes, ...]:
    """Return the keys of MASTER_KEYS; raises ValueError that names a wrong entry by its position."""
    if not text.strip():
        raise ValueError(f"Write at least one key, or leave it out. Make one with: {HOW}")
    return _keys(text.split(","), "Entry {} is")


def _keys(entries: list[str], named: str) -> tuple[bytes, ...]:
    """Return some keys; raises ValueError that names a wrong one by its position, with the words of ``named``."""
    if len(entries) > MOST_KEYS:
        raise ValueError(f"There are {len(entries)} keys; {MOST_KEYS} are the most.")
    found = []
    for place, entry in enumerate(entries, 1):
        key = _decoded(entry)
        if key is None or len(key) != KEY_BYTES:
            said = "not base64" if key is None else f"{len(key)} bytes long"
            what = f"{named.format(place)} {said}"
            raise ValueError(f"{what}; a master key is {KEY_BYTES} random bytes in base64. Make one with: {HOW}")
        found.append(key)
    return tuple(found)


def _decoded(text: str) -> bytes | None:
    """Return the bytes of a text in base64, standard or url-safe, padded or not; None if the text is not base64."""
    plain = re.sub(r"={0,2}$", "", text.strip()).translate(str.maketrans("-_", "+/"))
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (NotBase64, ValueError):
        return None


def _printed(command: str) -> tuple[bytes, ...]:
    """Return the keys that a program prints, one in a line; raises ValueError that never quotes what it printed."""
    words = shlex.split(command)
    if not words:
        raise ValueError("Write the program that prints the master keys, or leave it out.")
    try:
        done = subprocess.run(  # noqa: S603 — the operator's own program, without a shell
            words, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=COMMAND_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError(f"{words[0]} did not end within {COMMAND_SECONDS:g} seconds.") from error
    except OSError as error:
        raise ValueError(f"{words[0]} cannot be started: {error.strerror}.") from error
    last = _last_line(done.stderr)
    if done.returncode:
        how = f"was killed by signal {-done.returncode}" if done.returncode < 0 else f"ended with {done.returncode}"
        raise ValueError(f"{words[0]} {how}{last}.")
    lines = [line for line in done.stdout.decode(errors="replace").splitlines() if line.strip()]
    if not lines:
        raise ValueError(f"{words[0]} printed no key{last}.")
    return _keys(lines, "Line {} of what the program printed is")


def _last_line(errors: bytes) -> str:
    """Return the end of an error message, which quotes the last line of a program's stderr; '' if there is none."""
    lines = [line.strip() for line in errors.decode(errors="replace").splitlines() if line.strip()]
    shown = "".join(filter(str.isprintable, lines[-1]))[:LONGEST_SAID].rstrip(".") if lines else ""
    return f" and said: {shown}" if shown else ""


def _from_kms(settings: KeySettings) -> tuple[bytes, ...]:
    """Return the keys that AWS KMS decrypts, in order; raises ValueError."""
    # Only here: a command that needs no key service starts without its HTTP library.
    from server.sealing.aws_kms import Credentials, Kms, KmsError  # noqa: PLC0415

    blobs = [_decoded(entry) for entry in (settings.kms or "").split(",")]
    for place, blob in enumerate(blobs, 1):
        if not blob:
            raise ValueError(f"Entry {place} is not base64. Write the CiphertextBlob that `aws kms encrypt` prints.")
    _require_aws(settings)
    who = Credentials(settings.key_id, settings.secret, settings.token or None)
    kms = Kms(settings.region, who, settings.endpoint or None)
    found = []
    for place, blob in enumerate(blobs, 1):
        try:
            found.append(kms.decrypt(blob or b""))
        except KmsError as error:
            raise ValueError(f"Entry {place}: {error}") from error
        if len(found[-1]) != KEY_BYTES:
            raise ValueError(f"Entry {place} decrypts to {len(found[-1])} bytes; a master key has {KEY_BYTES}.")
    return tuple(found)


def _require_aws(settings: KeySettings) -> None:
    """Raise ValueError if a setting of AWS is missing or wrong."""
    from server.sealing.aws_kms import require_endpoint, require_region  # noqa: PLC0415 — see above

    values = {
        "AWS_REGION": settings.region,
        "AWS_ACCESS_KEY_ID": settings.key_id,
        "AWS_SECRET_ACCESS_KEY": settings.secret,
    }
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise ValueError(f"It needs {', '.join(missing)} as well.")
    require_region(settings.region)
    if settings.endpoint:
        require_endpoint(settings.endpoint)


def _own(data_dir: Path, *, may_make: bool) -> bytes:
    """Return the master key in the data directory; raises EnvError."""
    path = data_dir / FILE
    if not may_make and not _exists(path):
        raise EnvError(
            "MASTER_KEYS: With MONGODB_URI each server would make a master key of its own, and none could read what "
            f"another has stored. Set MASTER_KEYS to the same key on all of them. Make one with: {HOW}"
        )
    try:
        text = kept_or_made(path, lambda: written([secrets.token_bytes(KEY_BYTES)]))
    except OSError as error:
        raise EnvError(f"DATA_DIR: {path} cannot be used: {error.strerror}.") from error
    key = _decoded(text)
    if key is None or len(key) != KEY_BYTES:
        raise EnvError(f"{path} holds no master key. Restore it from your backup: nothing else opens what is sealed.")
    return key


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
