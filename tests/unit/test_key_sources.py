"""Where the master keys come from: what is wrong is said when the server starts, and no key is ever printed."""

import base64
import os
import shlex
import subprocess
import sys
import threading

import pytest
from environs import EnvError

from server import config
from server.embedded_database.client import Unusable
from server.sealing import key_sources
from server.sealing.key_sources import HOW

ONE, TWO = bytes(range(32)), bytes(range(200, 232))  # in base64 of each kind they differ
B64, B64_URL = base64.b64encode(TWO).decode(), base64.urlsafe_b64encode(TWO).decode()
AWS = ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_KMS")
ELSEWHERE = {"MONGODB_URI": "mongodb://db.example.org/beside", "SECRET_KEYS": "s" * 32}


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in ("MONGODB_URI", "SECRET_KEYS", *key_sources.SETTINGS, *AWS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def keys(monkeypatch):
    """Return a function that gives the master keys for some variables."""

    def load(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return config.load().master_keys

    return load


@pytest.fixture
def refused(keys):
    """Return a function that gives what is said of some variables that are wrong."""

    def load(**variables):
        with pytest.raises(EnvError) as error:
            keys(**variables)
        return str(error.value)

    return load


def python(text):
    """Return a command that runs a program in Python."""
    return shlex.join([sys.executable, "-c", text])


def encoded(*keys):
    return ",".join(base64.b64encode(key).decode() for key in keys)


@pytest.mark.parametrize("text", [B64, B64.rstrip("="), B64_URL, B64_URL.rstrip("="), f" {B64}\n"])
def test_a_key_may_be_written_in_any_base64(keys, text):
    assert B64 != B64_URL
    assert keys(MASTER_KEYS=text) == (TWO,)


def test_the_first_of_several_keys_is_the_current_one(keys):
    assert keys(MASTER_KEYS=encoded(TWO, ONE)) == (TWO, ONE)
    assert keys(MASTER_KEYS=f"{encoded(ONE)}, {B64_URL}") == (ONE, TWO)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("", "MASTER_KEYS: Write at least one key, or leave it out."),
        (" ", "MASTER_KEYS: Write at least one key, or leave it out."),
        (f"{encoded(ONE)},", "MASTER_KEYS: Entry 2 is 0 bytes long;"),
        (f"{encoded(ONE)},hush!hush", "MASTER_KEYS: Entry 2 is not base64;"),
        (f"{encoded(ONE)},hush=hush", "MASTER_KEYS: Entry 2 is not base64;"),
        (f"hüsh,{encoded(ONE)}", "MASTER_KEYS: Entry 1 is not base64;"),
        (encoded(ONE, b"hush" * 4), "MASTER_KEYS: Entry 2 is 16 bytes long;"),
        (encoded(ONE, TWO, b"hush" * 8 + b"!"), "MASTER_KEYS: Entry 3 is 33 bytes long;"),
        (("ab" * 32), "MASTER_KEYS: Entry 1 is 48 bytes long;"),  # a key in hexadecimal
        (encoded(*[ONE] * 101), "MASTER_KEYS: There are 101 keys; 100 are the most."),
    ],
)
def test_a_wrong_key_is_named_by_its_position_and_never_printed(refused, entries, said):
    text = refused(MASTER_KEYS=entries)
    assert said in text
    for entry in filter(str.strip, entries.split(",")):
        assert entry not in text
    if "bytes long" in said or "leave it out" in said:
        assert HOW in text


def test_the_command_that_makes_a_key_makes_one(keys):
    done = subprocess.run(["sh", "-c", HOW.replace("python3", sys.executable)], capture_output=True, check=True)
    assert len(keys(MASTER_KEYS=done.stdout.decode())[0]) == 32


def test_a_wrong_key_is_said_together_with_other_wrong_settings(refused):
    text = refused(MASTER_KEYS="hush", LOG_LEVEL="LOUD")
    assert "MASTER_KEYS: Entry 1" in text
    assert "LOG_LEVEL" in text


def test_only_one_source_is_taken(refused, monkeypatch):
    text = refused(MASTER_KEYS=encoded(ONE), MASTER_KEY_COMMAND="true")
    assert text == "MASTER_KEYS and MASTER_KEY_COMMAND: Set one of them only."
    assert refused(MASTER_KEYS_KMS="QQ==").startswith("MASTER_KEYS and MASTER_KEY_COMMAND and MASTER_KEYS_KMS: ")


def test_the_settings_can_be_logged_and_show_no_key(keys, tmp_path):
    keys(MASTER_KEYS=encoded(ONE))
    shown = repr(config.load())
    assert "master_keys" not in shown
    assert repr(ONE)[2:-1] not in shown
    assert "hush" not in repr(key_sources.KeySettings("hush", "hush", "hush", "hush", "hush", "hush", "hush", "hush"))


# A program


def test_a_program_prints_the_keys(keys):
    text = f"print('{encoded(TWO)}\\n\\n  {encoded(ONE)}')"
    assert keys(MASTER_KEY_COMMAND=python(text)) == (TWO, ONE)


def test_the_program_is_started_without_a_shell(keys, tmp_path):
    text = f"import sys; print('{encoded(ONE)}') if sys.argv[1:] == ['$HOME; touch x', '>', 'y'] else None"
    assert keys(MASTER_KEY_COMMAND=f"{python(text)} '$HOME; touch x' > y") == (ONE,)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("", "Write the program that prints the master keys, or leave it out."),
        ("'", "No closing quotation"),
        ("/nowhere/program hush", "/nowhere/program cannot be started: No such file or directory."),
        (python("print('hush'); exit('not so\\nlocked.\\n')"), f"{sys.executable} ended with 1 and said: locked."),
        (python("print('hush'); exit(7)"), f"{sys.executable} ended with 7."),
        (python("import os; os.kill(os.getpid(), 9)"), f"{sys.executable} was killed by signal 9."),
        (python("print(' ')"), f"{sys.executable} printed no key."),
        (python("import sys; sys.stderr.write('empty')"), f"{sys.executable} printed no key and said: empty."),
        (python(f"print('{encoded(ONE)}'); print('hush')"), "Line 2 of what the program printed is 3 bytes long;"),
        (python("print('h\\xfcsh')"), "Line 1 of what the program printed is not base64;"),
    ],
)
def test_a_program_that_fails_is_said_to_and_what_it_printed_is_not_shown(refused, command, said):
    text = refused(MASTER_KEY_COMMAND=command)
    assert text.startswith(f"MASTER_KEY_COMMAND: {said}")
    assert "hush" not in text


def test_what_a_program_says_is_cut_and_cannot_move_the_cursor(refused):
    text = refused(MASTER_KEY_COMMAND=python("exit('\\x1b[2J' + 'x' * 500)"))
    assert "\x1b" not in text
    assert "x" * 196 in text
    assert "x" * 200 not in text


def test_a_program_that_does_not_end_is_stopped(refused, monkeypatch):
    monkeypatch.setattr(key_sources, "COMMAND_SECONDS", 0.2)
    text = refused(MASTER_KEY_COMMAND=python("import time; print('hush', flush=True); time.sleep(60)"))
    assert text == f"MASTER_KEY_COMMAND: {sys.executable} did not end within 0.2 seconds."


def test_a_program_that_asks_gets_no_answer_and_does_not_wait(refused):
    assert "EOFError" in refused(MASTER_KEY_COMMAND=python("input()"))


def test_the_program_is_started_only_if_the_other_settings_are_right(refused, tmp_path):
    command = python(f"open({str(tmp_path / 'started')!r}, 'w')")
    assert "LOG_LEVEL" in refused(MASTER_KEY_COMMAND=command, LOG_LEVEL="LOUD")
    assert not (tmp_path / "started").exists()


# The file in the data directory


def test_without_a_setting_a_key_is_made_on_first_use_and_kept(keys, tmp_path):
    (first,) = keys()
    assert len(first) == 32
    path = tmp_path / "data" / "secret.master"
    assert keys() == (first,)
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys(MASTER_KEYS=path.read_text()) == (first,), "so it can be moved into the setting"


def test_with_a_setting_no_key_is_made(keys, tmp_path):
    keys(MASTER_KEYS=encoded(ONE))
    assert not (tmp_path / "data" / "secret.master").exists()


def test_two_servers_that_start_at_the_same_moment_have_one_key(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir(mode=0o700)
    settings, ready, found = key_sources.KeySettings(), threading.Barrier(8), []

    def start():
        ready.wait()
        found.append(key_sources.resolve(settings, tmp_path / "data", may_make=True))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.master"]


@pytest.mark.parametrize("left", ["", "hush", encoded(b"short"), encoded(ONE) + encoded(TWO)])
def test_a_damaged_file_is_said_to_be_one_and_not_made_anew(refused, tmp_path, left):
    path = tmp_path / "data" / "secret.master"
    path.parent.mkdir()
    path.write_text(left)
    text = refused()
    assert text == f"{path} holds no master key. Restore it from your backup: nothing else opens what is sealed."
    assert path.read_text() == left


def test_with_a_database_of_your_own_no_key_is_made_silently(refused, tmp_path):
    """Each of several machines would make another one, and none could read what the others have stored."""
    text = refused(**ELSEWHERE)
    assert text.startswith("MASTER_KEYS: With MONGODB_URI each server would make a master key of its own")
    assert HOW in text
    assert not (tmp_path / "data").exists()


def test_with_a_database_of_your_own_a_data_directory_that_cannot_be_used_is_no_matter(refused, tmp_path):
    (tmp_path / "data").touch()
    assert refused(**ELSEWHERE).startswith("MASTER_KEYS: ")


def test_a_key_that_was_made_before_is_kept_with_a_database_of_your_own(keys):
    made = keys()
    assert keys(**ELSEWHERE) == made


def test_a_key_that_others_might_read_is_made_private_before_it_is_used(keys, tmp_path):
    keys()
    path = tmp_path / "data" / "secret.master"
    path.chmod(0o644)
    keys(**ELSEWHERE)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_somebody_else_may_have_put_there_is_not_used(keys, refused, monkeypatch):
    keys()

    def foreign(directory):
        raise Unusable(f"{directory} belongs to another user.")

    monkeypatch.setattr(config, "require_private", foreign)
    assert refused(**ELSEWHERE).startswith("DATA_DIR: ")
    assert keys(MASTER_KEYS=encoded(TWO)) == (TWO,), "then nothing in it is used"


def test_workers_of_the_embedded_database_use_the_key_of_the_arbiter(keys, tmp_path):
    made = keys()
    (tmp_path / "data" / config.URI).write_text("mongodb://127.0.0.1:1/beside")
    assert keys(MONGODB_URI="mongodb://127.0.0.1:1/beside", SECRET_KEYS="s" * 32) == made
    (tmp_path / "data" / "secret.master").unlink()
    assert keys() != made


def test_the_name_of_a_new_key_is_on_the_disk_before_the_key_is_used(keys, monkeypatch):
    synced = []
    monkeypatch.setattr("os.fsync", synced.append)
    keys()
    assert len(synced) == 4, "two keys, and the directory after each"


# gunicorn's arbiter


def test_the_arbiter_is_told_the_keys_for_its_workers(keys, tmp_path, monkeypatch):
    monkeypatch.setenv("MASTER_KEY_COMMAND", python(f"print('{encoded(TWO)}\\n{encoded(ONE)}')"))
    config.check([str(os.open(tmp_path / "pipe", os.O_WRONLY | os.O_CREAT))])
    assert (tmp_path / "pipe").read_text() == encoded(TWO, ONE)


def test_checking_the_settings_by_hand_prints_no_key(keys, capfd, monkeypatch):
    monkeypatch.setenv("MASTER_KEYS", encoded(ONE))
    config.check([])
    assert capfd.readouterr() == ("", "")
