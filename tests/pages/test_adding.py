"""The guide for contributors works as it is written: each block is carried out in a copy of the code."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"```(python|diff)\n# (\S+)\n(.*?)```", re.DOTALL)
TRIED = (
    "tests/unit/test_architecture.py", "tests/commands", "tests/sync/test_gratitude.py",
    "tests/sync/test_gratitude_count.py", "tests/sync/test_strangers.py", "tests/sync/test_bad_input.py",
)  # fmt: skip
NAMED = "gratitude or architecture or on_the_list"


def changed(text: str, lines: list[str]) -> str:
    """Return a file with each run of lines with `-` replaced by the lines with `+` after them."""
    taken, given = list[str](), list[str]()
    for line in [*lines, "-"]:
        if line.startswith("-") and given:
            assert text.count("\n".join(taken)) == 1, f"this must stand there once: {taken}"
            text = text.replace("\n".join(taken), "\n".join(given))
            taken, given = [], []
        (taken if line.startswith("-") else given).append(line[1:])
    return text


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the code in which the guide was followed."""
    left_out = shutil.ignore_patterns("node_modules", "__pycache__", "data", ".*cache", "results")
    for name in ("server", "schemas", "sync", "tests", "docs", "bench"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md", "wsgi.py", "gunicorn.conf.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    blocks = BLOCK.findall((ROOT / "docs" / "adding.md").read_text())
    assert len(blocks) >= 10
    for sort, name, body in blocks:
        path = tmp_path / name
        if sort == "python":
            assert not path.exists(), f"{name} is new"
            path.write_text(body)
        else:
            path.write_text(changed(path.read_text(), body.splitlines()))
    return tmp_path


def test_the_guide_works_as_it_is_written(copy):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", NAMED, *TRIED]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 20
