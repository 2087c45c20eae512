"""Cursors that stay short, however many spaces a user is in.

A cursor holds a user's vector, signed; nothing is stored for it. The vector of a user with very many spaces would be
too long for the URL of a request. So a long vector is stored, and the cursor only names it (docs/adr/0030).
"""

from collections.abc import Mapping
from typing import Any

from pymongo.errors import PyMongoError

from schemas.errors import ResyncRequired
from server.accounts.tokens import Tokens
from server.commands.context import Caller
from server.store.long_cursors import LongCursors

LONGEST_CURSOR = 2_000  # characters of a cursor that holds its vector: about sixty spaces
STORED = ""  # the key under which a cursor names a stored vector; no space has this name


class ShortCursors:
    """The `sync.ports.Cursors` of one worker."""

    def __init__(self, tokens: Tokens, long_cursors: LongCursors) -> None:
        self._tokens, self._long_cursors = tokens, long_cursors

    def cursor(self, caller: Caller, vector: Mapping[str, Any], scope: str = "cursor") -> str:
        """Return a vector as one opaque string, valid for one user and one scope only."""
        whole = self._tokens.cursor(caller.user, vector, scope)
        if len(whole) <= LONGEST_CURSOR:
            return whole
        try:
            name = self._long_cursors.keep(caller.device, vector, scope)
        except PyMongoError:
            return whole  # long, but valid: a full disk must not keep anybody from pulling
        return self._tokens.cursor(caller.user, {STORED: name}, scope)

    def vector(self, caller: Caller, cursor: str | None, scope: str = "cursor") -> dict[str, Any]:
        """Return the vector in a cursor; it is {} for None, the beginning.

        Raises BadRequest if it is of another user or scope, and ResyncRequired if it was stored too long ago.
        """
        vector = self._tokens.vector(caller.user, cursor, scope)
        if STORED not in vector:
            return vector
        stored = self._long_cursors.find(vector[STORED])
        if stored is None:
            raise ResyncRequired("This cursor is not known any more; start over without one.", field="cursor")
        return stored
