"""What is shown of a conversation to somebody who was not there: what was selected, and not more than fits."""

from collections.abc import Iterator
from typing import Any

from schemas.errors import NotFound
from server.commands import access
from server.commands.context import Context
from sync.record import Key, Record

SHORTENED_TO = 200  # characters that are left of what does not fit


class _Room:
    """How much more can be shown. Counted as the store counts it: what cannot be printed takes more."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    def fit(self, text: str) -> tuple[str, bool]:
        """Return a text, or its beginning if there is not enough room; and whether it was shortened."""
        if len(repr(text)) > self._left:
            return text[:SHORTENED_TO], len(text) > SHORTENED_TO
        self._left -= len(repr(text))
        return text, False


def quoted(context: Context, space: str, names: list[str], room: int) -> list[dict[str, Any]]:
    """Return some messages: [{id, by, text, sent_at, shortened?}], of which texts together take ``room`` characters.

    ``by`` is a role, never who. Raises NotFound for one that is not there.
    """
    members, left = access.shared_space(context, space).data["members"], _Room(room)
    found = []
    for name in names:
        message = _message(context, space, name)
        if message is None:
            raise NotFound("There is no such message any more.", field="messages", id=name)
        found.append(_told(message, members, left))
    return found


def reported(context: Context, space: str, names: list[str], room: int) -> list[dict[str, Any]]:
    """Return some messages for a report: those that are deleted as such, and of the other's also what they edited away.

    {before: [text…]} are these texts, the newest first, as many as there is still room for when all messages are told.
    """
    members, left, me = access.shared_space(context, space).data["members"], _Room(room), access.member(context, space)
    messages = [_message(context, space, name) for name in names]
    told = [{"id": name, "deleted": True} if one is None else _told(one, members, left)
            for name, one in zip(names, messages, strict=True)]  # fmt: skip
    for row, message in zip(told, messages, strict=True):
        before = list(_before(message, left)) if message is not None and message.author != me else []
        if before:
            row["before"] = before
    return told


def _message(context: Context, space: str, name: str) -> Record | None:
    message = context.reads.get(Key(space, "message", name))
    return None if message is None or message.deleted else message


def _told(message: Record, members: dict[str, Any], left: _Room) -> dict[str, Any]:
    by = members.get(message.author, {}).get("role", "beside")
    text, is_short = left.fit(message.data["text"])
    told = {"id": message.id, "by": by, "text": text, "sent_at": message.data["sent_at"]}
    return {**told, "shortened": True} if is_short else told


def _before(message: Record, left: _Room) -> Iterator[str]:
    """Give the texts that a message had before the one it has, the newest first, until one does not fit."""
    for revision in reversed(message.hidden.get("revisions", [])[:-1]):
        text, is_short = left.fit(revision["text"])
        if is_short:
            return
        yield text
