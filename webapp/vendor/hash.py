"""Writes hashes.json: the SHA-256 of each library in this folder. A test compares them."""

import hashlib
import json
from pathlib import Path

HERE = Path(__file__).parent
found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(HERE.glob("*.js"))}
(HERE / "hashes.json").write_text(json.dumps(found, indent=2) + "\n")
