"""The programs of the documentation, which tests run unchanged."""

import re
import uuid
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
WRITTEN = ROOT / "tests" / "clients" / ".docs"
FILE = re.compile(r"^```js\n// file: (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def documented(page: str, name: str) -> Path:
    """Write the files of docs/<page>.md, and return the path of the one with this name.

    A file is a ``js`` block that begins with ``// file: <name>``; blocks of the same name are joined, in order.
    """
    files: dict[str, str] = {}
    for found, text in FILE.findall((ROOT / "docs" / f"{page}.md").read_text()):
        files[found] = files.get(found, "") + text
    folder = WRITTEN / page
    folder.mkdir(parents=True, exist_ok=True)
    for found, text in files.items():
        _replace(folder / found, text)
    assert name in files, f"docs/{page}.md has no file {name}, only {sorted(files)}"
    return folder / name


def _replace(path: Path, text: str) -> None:
    """Write a file atomically, because other workers may be reading it."""
    draft = path.with_suffix(f".{uuid.uuid4().hex}")
    draft.write_text(text)
    draft.replace(path)
