"""The web app: serves the files of `webapp/` as they are, and the list of them with which the app works offline.

There is no build step. A file is served only if its name ends in one of ``TYPES`` and no part of its path begins with a
dot. Folders have no listing.
"""

import hashlib
import re
from base64 import b64encode
from functools import lru_cache
from pathlib import Path

import brotli
import orjson
from flask import Blueprint, Response, abort, redirect, request
from werkzeug.security import safe_join

FOLDER = Path(__file__).parent.parent.parent / "webapp"
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
PACKED = {".html", ".js", ".css", ".json", ".webmanifest", ".svg"}  # sent compressed; PNG is compressed already
VERSIONED = re.compile(r"-\d+\.\d+\.\d+\.js$")  # content that never changes: each version has its own name
IMPORT_MAP = re.compile(r'<script type="importmap">(.*?)</script>', re.DOTALL)
WORKER = "sw.js"
WORKER_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"  # it fetches the files of the app
HOST = re.compile(r"[a-zA-Z0-9.:\[\]-]+")
LONGEST_NAME = 200  # bytes of a path, because file systems count bytes
DEMO = "demo/"  # prefix of the files that only the demo page uses: see app_demo.py
MOST_FILES = 512  # compressed files that are cached


def app_files() -> Blueprint:
    """Return the routes of the web app, at /app/."""
    blueprint = Blueprint("app_files", __name__)
    blueprint.add_url_rule("/app", "folder", lambda: redirect("/app/"))
    blueprint.add_url_rule("/app/", "index", lambda: _file("index.html"))
    blueprint.add_url_rule("/app/files.js", "files", _files)
    blueprint.add_url_rule("/app/<path:name>", "file", _file)
    return blueprint


def served() -> dict[str, bytes]:
    """Return {path in the folder: content} of the files that are served, without those of the demo page."""
    found = sorted(path for path in FOLDER.rglob("*") if path.suffix in TYPES and path.is_file())
    named = {path.relative_to(FOLDER).as_posix(): path for path in found}
    return {name: path.read_bytes() for name, path in named.items() if _is_public(name) and not name.startswith(DEMO)}


def listed() -> bytes:
    """Return the script that gives the service worker the digest of each file, and a version made of all digests."""
    files = {name: _digest(content) for name, content in served().items() if name != WORKER}
    version = _digest(orjson.dumps(files))
    return b"self.APP = " + orjson.dumps({"version": version, "files": files}) + b";\n"


def policy(page: bytes, host: str) -> str:
    """Return the content security policy of a page: scripts of this server only, and the import map by its hash."""
    maps = IMPORT_MAP.findall(page.decode())
    hashes = [b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in maps]
    scripts = " ".join(["'self'", *(f"'sha256-{one}'" for one in hashes)])
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
        f"connect-src 'self'{sockets}; worker-src 'self'; manifest-src 'self'; frame-src 'self'; media-src 'self' "
        "blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def _files() -> Response:
    return _sent(listed(), ".js", "no-cache")


def _file(name: str) -> Response:
    return abort(404) if name.startswith(DEMO) else file_of(name)


def file_of(name: str) -> Response:
    """Answer with a file of the folder; 404 for every other path."""
    path = safe_join(str(FOLDER), name) if len(name.encode()) <= LONGEST_NAME else None
    if path is None or not _is_public(name) or not Path(path).is_file():
        abort(404)
    content = Path(path).read_bytes()
    kept = "public, max-age=31536000, immutable" if VERSIONED.search(name) else "no-cache"
    response = _sent(content, Path(path).suffix, kept)
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = policy(content, request.host)
        response.headers["X-Frame-Options"] = "SAMEORIGIN"  # the page with two phones shows the app in frames
    if name == WORKER:
        response.headers["Content-Security-Policy"] = WORKER_POLICY
    return response


def _is_public(name: str) -> bool:
    return Path(name).suffix in TYPES and not any(part.startswith(".") for part in Path(name).parts)


def _sent(content: bytes, suffix: str, kept: str) -> Response:
    """Return a file, compressed if the browser accepts Brotli; 304 if the browser's copy is current."""
    is_packed = suffix in PACKED and request.accept_encodings.best_match(["br"]) == "br"
    response = Response(_packed(content) if is_packed else content, content_type=_content_type(suffix))
    response.headers["Cache-Control"] = kept
    if is_packed:
        response.headers["Content-Encoding"] = "br"
    response.vary.add("Accept-Encoding")
    response.set_etag(_digest(content), weak=True)
    response.make_conditional(request)
    return response


def _content_type(suffix: str) -> str:
    return f"{TYPES[suffix]}; charset=utf-8" if suffix in PACKED else TYPES[suffix]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


@lru_cache(maxsize=MOST_FILES)
def _packed(content: bytes) -> bytes:
    return bytes(brotli.compress(content, quality=10))
