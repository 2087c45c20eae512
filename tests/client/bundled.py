"""`@beside/client` as an app ships it: bundled and minified by esbuild. `make test` has built `client/dist`."""

import gzip
import json
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.conftest import ROOT

CLIENT = ROOT / "client"
MOST = 22_000  # bytes that an app loads for the client at its start, with Engine.IO
ESBUILD = CLIENT / "node_modules" / ".bin" / "esbuild"


class Bundle(NamedTuple):
    """A bundle: its first file, and the number of bytes of each source in it."""

    path: Path
    sources: dict[str, int]

    @property
    def compressed(self) -> int:
        """The bytes of the first file, minified and compressed by gzip."""
        return len(gzip.compress(self.path.read_bytes(), 9))


def bundled(folder: Path) -> Bundle:
    """Bundle the client into a folder: apps load `index.js` first, and other files when they are needed."""
    assert (CLIENT / "dist" / "index.js").exists(), "run 'make client/dist/.built'"
    options = ["--bundle", "--minify", "--splitting", "--format=esm", "--target=es2022", "--log-level=warning"]
    meta = folder / "meta.json"
    command = [ESBUILD, "dist/index.js", *options, f"--outdir={folder}", f"--metafile={meta}"]
    subprocess.run(command, cwd=CLIENT, check=True, timeout=60)
    [found] = [one for name, one in json.loads(meta.read_text())["outputs"].items() if name.endswith("/index.js")]
    return Bundle(folder / "index.js", {name: part["bytesInOutput"] for name, part in found["inputs"].items()})
