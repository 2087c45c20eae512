"""The data directory is its owner's alone: other users of the machine read nothing in it, at no moment."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from environs import EnvError
from pymongo import MongoClient

from server import config
from server.data_directory import require_private
from server.embedded_database.client import Embedded, Unusable
from tests.conftest import CONFIG, ROOT, Running
from tests.sealed import MASTER_KEYS

UMASKS = [0o022, 0o000, 0o002]
WIDEST = [0o000]  # for programs that take seconds to start: whatever is private under it is private under all
STRANGER, ME = 61_234, 61_235  # ids of users that nobody has


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def wide(top: Path) -> list[str]:
    """Return what of a directory others may read, write or enter, itself included."""
    return [f"{path} {mode(path):o}" for path in (top, *top.rglob("*")) if not path.is_symlink() and mode(path) & 0o077]


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in ("MONGODB_URI", "SECRET_KEYS", "MASTER_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def old(tmp_path) -> Path:
    """Return a data directory as it was left by a Beside of before, with files that everybody may read."""
    data = tmp_path / "data"
    (data / "db" / "journal").mkdir(parents=True)
    names = ("secret.key", "db.log", "db.lock", "db.password", "db/WiredTiger", "db/c.wt", "db/journal/WiredTigerLog.1")
    for name in names:
        (data / name).write_text("k" * 64)
        (data / name).chmod(0o644)
    (data / "db" / "c.wt").chmod(0o666)
    for directory in (data, data / "db", data / "db" / "journal"):
        directory.chmod(0o755)
    return data


@pytest.mark.parametrize("mask", WIDEST, ids=oct)
def test_a_whole_server_leaves_nothing_that_others_may_read(tmp_path, mask, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    with umask(mask):
        made = {"SECRET_KEYS": None, "MASTER_KEYS": None}
        server = Running(None, DATA_DIR=str(tmp_path / "data"), METRICS_TOKEN="t" * 16, **made)
    try:
        with MongoClient((tmp_path / "data" / "db.uri").read_text()) as client:
            client.beside.notes.insert_one({"_id": "n1"})
        found = {path.name for path in (tmp_path / "data").iterdir()}
        assert {"secret.key", "secret.master", "db", "db.uri", "db.lock", "db.log", "db.password"} <= found
        httpx.get(f"{server.address}/readyz", timeout=30)  # answered by a worker, which counts by now
        [metrics] = (tmp_path / "tmp").glob("beside-metrics-*")
        assert list(metrics.iterdir())
        assert wide(metrics) == []
        assert list((tmp_path / "data" / "db").rglob("*.wt"))
        assert wide(tmp_path / "data") == []
    finally:
        server.stop()
    assert wide(tmp_path / "data") == []


@pytest.mark.parametrize("mask", WIDEST, ids=oct)
def test_the_embedded_database_and_what_it_writes_are_private(tmp_path, mask):
    with umask(mask):
        embedded = Embedded(tmp_path / "data")
    try:
        with MongoClient(embedded.uri) as client:
            client.beside.notes.insert_one({"_id": "n1"})
        assert wide(tmp_path / "data") == []
    finally:
        embedded.stop()


@pytest.mark.parametrize("mask", UMASKS, ids=oct)
def test_the_key_is_private_from_the_first_moment(tmp_path, mask, monkeypatch):
    modes = []
    link = os.link

    def seen(*args, **more):
        modes.extend(wide(tmp_path / "data"))
        link(*args, **more)

    monkeypatch.setattr(os, "link", seen)
    with umask(mask):
        config.load()
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"secret.key", "secret.master"}
    assert modes == wide(tmp_path / "data") == []


@pytest.mark.parametrize("mask", WIDEST, ids=oct)
def test_an_operators_command_writes_for_its_operator_alone(tmp_path, mask):
    cohort = tmp_path / "cohort.json"
    cohort.write_text('{"peers": {"a": ["s"]}, "specialists": {"s": ["a"]}, "capacities": {"s": 1}}')
    command = [Path(sys.executable).parent / "flask", "--app", "wsgi", "cohort", "match", cohort]
    written = tmp_path / "data" / "matched.json"
    (tmp_path / "data").mkdir(mode=0o700)
    with umask(mask):
        subprocess.run([*command, "--output", written], cwd=ROOT, check=True, capture_output=True, timeout=60)
    assert written.read_text()
    assert wide(tmp_path / "data") == []


def test_what_was_readable_before_is_mended_at_the_start(old):
    assert len(wide(old)) == 10
    config.load()
    assert wide(old) == []
    assert {mode(path) for path in old.rglob("*") if path.is_file()} == {0o600}
    assert mode(old) == mode(old / "db") == 0o700


def test_it_is_mended_by_the_supervisor_as_well_and_without_a_key_to_keep(old, monkeypatch):
    monkeypatch.setenv("SECRET_KEYS", CONFIG.secret_keys[0])
    config.load()
    assert wide(old) == []
    old.chmod(0o755), (old / "db").chmod(0o755), (old / "db" / "c.wt").chmod(0o644)
    require_private(old)
    assert wide(old) == []


def test_what_is_left_over_once_another_database_is_used_is_mended_too(old, monkeypatch):
    monkeypatch.setenv("SECRET_KEYS", CONFIG.secret_keys[0])
    monkeypatch.setenv("MASTER_KEYS", MASTER_KEYS)
    monkeypatch.setenv("MONGODB_URI", "mongodb://127.0.0.1:1/nobody")
    config.load()
    assert wide(old) == []


def test_where_nothing_is_to_be_kept_no_directory_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEYS", CONFIG.secret_keys[0])
    monkeypatch.setenv("MASTER_KEYS", MASTER_KEYS)
    monkeypatch.setenv("MONGODB_URI", "mongodb://127.0.0.1:1/nobody")
    config.load()
    assert not (tmp_path / "data").exists()


def test_what_an_owner_has_narrowed_stays_narrow(old):
    (old / "secret.key").chmod(0o400)
    config.load()
    assert mode(old / "secret.key") == 0o400


def test_a_home_with_other_things_in_it_is_left_as_it_is(old):
    """The rule: what is ours by name is narrowed; the directory itself only if nothing else is in it."""
    (old / "letters").mkdir(mode=0o755)
    (old / "letters").chmod(0o755)
    for name in ("letters/dear.txt", ".bashrc", "database.txt"):
        (old / name).write_text("x")
        (old / name).chmod(0o644)
    config.load()
    left = {old, old / "letters", old / "letters" / "dear.txt", old / ".bashrc", old / "database.txt"}
    assert wide(old) == [line for line in wide(old) if Path(line.split()[0]) in left]
    assert len(wide(old)) == len(left)


def test_a_mount_with_its_lost_and_found_is_narrowed(old):
    (old / "lost+found").mkdir(mode=0o700)
    config.load()
    assert wide(old) == []


def test_links_are_not_followed(old, tmp_path):
    outside = tmp_path / "outside"
    (outside / "within").mkdir(parents=True)
    for path in (outside, outside / "within"):
        path.chmod(0o755)
    (outside / "file").write_text("x")
    (outside / "file").chmod(0o644)
    (old / "db" / "elsewhere").symlink_to(outside)
    (old / "db" / "one").symlink_to(outside / "file")
    (old / "db.old").symlink_to(outside)
    (old / "db" / "nowhere").symlink_to(tmp_path / "nothing")
    os.mkfifo(old / "db" / "pipe", 0o600)
    config.load()
    assert wide(old) == []
    assert len(wide(outside)) == 3


def test_a_data_directory_may_be_a_link_to_where_it_is(old, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(old)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "link"))
    config.load()
    assert wide(old) == []
    assert (tmp_path / "link").is_symlink()


def dangling(path: Path) -> None:
    path.symlink_to("/proc/nothing/here")


def looping(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("make", [Path.touch, dangling, looping])
def test_what_is_no_directory_is_said_to_be_none(tmp_path, make):
    make(tmp_path / "data")
    with pytest.raises(EnvError, match=r"DATA_DIR: .*data"):
        config.load()
    with pytest.raises(Unusable, match="data"):
        Embedded(tmp_path / "data")


def given_away(path: Path, monkeypatch) -> None:
    """Let a path, and what is in it, belong to somebody else, and us be nobody who may do everything."""
    if os.geteuid() == 0:
        for one in (path, *path.rglob("*")):
            os.chown(one, STRANGER, STRANGER)
    monkeypatch.setattr(os, "geteuid", lambda: ME)


def test_a_directory_of_somebody_elses_is_not_touched_and_said_so(old, monkeypatch):
    given_away(old, monkeypatch)
    before = wide(old)
    with pytest.raises(EnvError, match=r"DATA_DIR: .*data belongs to another user"):
        config.load()
    assert wide(old) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("name", ["secret.key", "db", "db.password"])
def test_a_key_or_a_database_that_somebody_else_has_put_there_is_not_used(old, name, monkeypatch):
    """In a directory like /tmp anybody can: whoever made the key could sign as anybody."""
    os.chown(old / name, STRANGER, STRANGER)
    monkeypatch.setattr(os, "geteuid", lambda: ME)
    with pytest.raises(EnvError, match=rf"DATA_DIR: .*{name} belongs to another user"):
        config.load()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_volume_that_belongs_to_root_is_used_as_it_is(old, monkeypatch):
    """As volumes of Kubernetes do: the group may write, what is made inside is ours."""
    for path in old.rglob("*"):
        os.chown(path, ME, ME)
    monkeypatch.setattr(os, "geteuid", lambda: ME)
    config.load()
    assert [line.split()[0] for line in wide(old)] == [str(old)]


def test_a_server_that_cannot_use_its_directory_says_so_and_ends(tmp_path):
    (tmp_path / "data").touch()
    command = [Path(sys.executable).parent / "gunicorn", "wsgi:app"]
    environment = {**os.environ, "PORT": "0"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "Beside cannot start. DATA_DIR: " in done.stderr
    assert "Traceback" not in done.stderr
