"""The data directory, which no other user of the machine can read. This module imports no third-party library.

Only the owner can read the files that Beside makes, whatever the umask. Existing files are made private when
Beside starts: `db`, `db.…`, `secret.…` and all files in them, if they belong to this user. Links are not followed.
The directory itself is made private only if it belongs to this user and holds nothing else. It may be a home, or `/`.
"""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from server.embedded_database.client import Unusable

UMASK = 0o077  # of every process of Beside, and of the database
OURS = ("db.", "secret.")  # prefixes of the names of Beside's files
FREE = {"db", "lost+found"}  # other names that are allowed; `lost+found` belongs to the file system
ROOT = 0
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # opening a pipe does not block


def require_private(directory: Path) -> Path:
    """Make the directory if it does not exist, make its files private, and return its real path; raises Unusable."""
    try:
        found = directory.resolve()
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = [path.name for path in found.iterdir()]
        _require_ours(found)
        for name in filter(_is_ours, names):
            _require_ours(found / name)
        _narrow(found, names)
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError before Python 3.13
        why = "there is something else in its place" if isinstance(error, FileExistsError) else _reason(error)
        raise Unusable(f"{directory} cannot be used: {why}.") from error
    return found


def private(path: str | Path, flags: int) -> int:
    """Open a file that no other user can read; an ``opener`` for `open()`."""
    return os.open(path, flags, 0o600)


def kept_or_made(path: Path, make: Callable[[], str]) -> str:
    """Return the text of a key file, which is made if it does not exist; only its owner can read it. Raises OSError.

    If several processes make the file at the same moment, one succeeds, and all return its text.
    """
    if not path.exists():
        with NamedTemporaryFile("w", dir=path.parent, prefix="secret.") as whole:  # readable by its owner only
            whole.write(make())
            whole.flush()
            os.fsync(whole.fileno())
            with suppress(FileExistsError):  # another worker was faster
                os.link(whole.name, path)
        _sync(path.parent)
    return path.read_text(errors="ignore").strip()


def _sync(directory: Path) -> None:
    """Wait until the names in a directory are on the disk: a power cut must not remove a key that is in use."""
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _is_ours(name: str) -> bool:
    return name == "db" or name.startswith(OURS)


def _require_ours(path: Path) -> None:
    """Raise Unusable if another user owns a file and could replace it. Root may own any file, and use any file."""
    us, owner = os.geteuid(), path.lstat().st_uid
    if us not in {owner, ROOT} and owner != ROOT:
        how = "Start Beside as that user, or set DATA_DIR to a directory of its own."
        raise Unusable(f"{path} belongs to another user (id {owner}). {how}")


def _narrow(found: Path, names: list[str]) -> None:
    top = os.open(found, READ)
    try:
        if all(_is_ours(name) or name in FREE for name in names):
            _close(top)
        for name in filter(_is_ours, names):
            _narrow_all(name, top)
    finally:
        os.close(top)


def _narrow_all(name: str, within: int) -> None:
    """Make a file private, or a directory with all its files. Skip missing files, links and files of other users."""
    try:
        opened = os.open(name, READ, dir_fd=within)
    except OSError:
        return
    try:
        if _close(opened) and stat.S_ISDIR(os.fstat(opened).st_mode):
            for inner in os.listdir(opened):  # noqa: PTH208 — by descriptor: another user could replace the path
                _narrow_all(inner, opened)
    finally:
        os.close(opened)


def _close(opened: int) -> bool:
    """Remove the rights of others on an open file or directory; tell whether it belongs to this user."""
    status = os.fstat(opened)
    if status.st_uid != os.geteuid():
        return False
    if status.st_mode & UMASK:
        os.fchmod(opened, status.st_mode & 0o700)
    return True


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "its links lead nowhere"
