"""The rule for new passphrases: they are neither the handle nor one of the most common passphrases.

An attack on many accounts tries those first. `schemas/account.py` checks the form. Passphrases that are stored already
are not checked: a later rule keeps nobody from signing in.
"""

import gzip
from functools import cache
from importlib.resources import files

from schemas.errors import BadRequest
from schemas.text import folded, opaque
from server.accounts import passphrases

LIST = "common_passphrases.txt.gz"  # its lines that begin with '# ' name its source and its licence


def chosen(passphrase: str, handle: str, field: str) -> str:
    """Return a passphrase that somebody chooses as it is stored; raises BadRequest if it is easily guessed."""
    require_uncommon(field, passphrase, handle)
    return passphrases.hashed(opaque(passphrase))


def require_uncommon(field: str, passphrase: str, handle: str) -> None:
    """Raise BadRequest, which names the field, for a passphrase that is the handle or one of the most common ones.

    Case, width and characters that cannot be seen do not matter.
    """
    form = folded(passphrase)
    if form == folded(handle):
        raise BadRequest(f"{field}: This is the handle, which others know; use several words.", field=field)
    if form in common():
        raise BadRequest(f"{field}: This passphrase is one of the most common ones; use several words.", field=field)


@cache
def common() -> frozenset[str]:
    """Return the 10,000 most common passwords of 10 characters or more, folded."""
    text = gzip.decompress((files("server.accounts") / LIST).read_bytes()).decode()
    return frozenset(line for line in text.splitlines() if not line.startswith("# "))
