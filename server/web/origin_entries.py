"""The entries of ALLOWED_ORIGINS: how an entry is written, and which origins it matches.

The settings are read before the app exists, so this module does not import Flask.
"""

import re
from urllib.parse import urlsplit

ANY = "*"
OPAQUE = "null"  # the Origin header of pages opened from a file, and of sandboxed frames
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(\*\.)?([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
DEFAULT_PORTS = {"http": ":80", "https": ":443", "ws": ":80", "wss": ":443"}
LABELS = 2  # labels that must follow a wildcard: `https://*.org` is surely a mistake


def problem(entry: str) -> str | None:
    """Return a sentence that says what is wrong with an entry of ALLOWED_ORIGINS, or None."""
    if entry in {ANY, OPAQUE} or (_canonical(entry) == entry and _is_origin(entry)):
        return None
    meant = _canonical(entry)
    if meant == OPAQUE or (meant != entry and _is_origin(meant)):
        return f"Write {meant} instead of {entry!r}."
    return f"{entry!r} is no origin; write one such as https://app.example.org or https://*.example.org, or * for all."


def _canonical(entry: str) -> str:
    """Return an entry as a browser would send it: in lower case, without path, spaces or default port."""
    text = entry.strip().lower()
    if text.startswith("file:"):
        return OPAQUE
    try:
        parts = urlsplit(f"https://{text}" if "://" not in text and "." in text else text)
    except ValueError:
        return entry
    return f"{parts.scheme}://{parts.netloc.removesuffix(DEFAULT_PORTS.get(parts.scheme, '/'))}"


def _is_origin(text: str) -> bool:
    found = ORIGIN.fullmatch(text)
    return found is not None and not (found[1] and found[2].count(".") < LABELS - 1)


def pattern(entry: str) -> str:
    """Return the regular expression of an entry; a wildcard matches one label or several."""
    return re.escape(entry).replace(r"\*\.", r"([a-z0-9_-]+\.)+", 1)
