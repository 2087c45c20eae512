"""Reading the situation of a user: the state that decides what the user's devices are told now."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from server.commands.absence import is_given_back
from server.commands.personal.bell import change
from server.commands.personal.mute import is_muted, mute_key
from server.commands.personal.quiet import loud_from, quiet_key
from server.notifications.decision import Change, Device, Situation
from server.notifications.pending import is_news
from server.notifications.provider import Sent
from server.store.database import Document
from server.store.push_tokens import PushTokens
from server.store.reader import Reader, Unread
from sync.record import Key, Record, private

Connected = Callable[[Sequence[str]], set[str]]


class Situations:
    """Reads, for a user, what is unread, which changes are still news, and which devices there are."""

    def __init__(self, reader: Reader, push_tokens: PushTokens, connected: Connected) -> None:
        """Take ``connected``, which returns those rooms that have a phone on any worker."""
        self._reader, self._push_tokens, self._connected = reader, push_tokens, connected

    def loud_from(self, user: str, now: int) -> int:
        """Return the first time from now on, in ms, that lies outside the quiet hours of a user."""
        key = quiet_key(user)
        return loud_from(self._reader.get([key]).get(key), now)

    def read(self, bell: Record, loud: Iterable[str], now: int) -> Situation:
        """Return the situation of a bell's user; ``loud`` are the due levels that may make a sound."""
        user = bell.id
        with self._reader.consistent():
            members = self._reader.memberships(user)
            unread = self._unread(user, members)
            about = {int(level): [change(entry) for entry in bell.data["dues"][level]["about"]] for level in loud}
            told = [change(e) for one in bell.data.get("told", {}).values() for e in (*one["new"], *one["urgent"])]
            changes = {*told, *(one for changes in about.values() for one in changes)}
            mutes = {space: mute_key(user, space) for space in members}
            found = self._reader.get({*(key for key, _ in changes if key.space in members), *mutes.values()})
        muted = {space for space, key in mutes.items() if is_muted(found.get(key), now)}
        standing = {one for one in changes if _stands(one, found, unread)}
        return Situation(unread, muted, standing, about)

    def badge(self, user: str) -> int:
        """Return the number that the icons of a user are to show."""
        with self._reader.consistent():
            return sum(one.messages for one in self._unread(user, self._reader.memberships(user)).values())

    def _unread(self, user: str, members: Mapping[str, str]) -> dict[str, Unread]:
        own = private(user)
        shared = {space: member for space, member in members.items() if space != own}
        return {own: Unread(0), **self._reader.unread(user, shared)}

    def devices(self, user: str) -> list[tuple[Device, Sent]]:
        """Return the devices of a user that can be notified, each with an empty payload to send to it."""
        rows = self._push_tokens.of_user(user)
        rooms = {row["_id"]: f"device:{row['_id']}" for row in rows}
        connected = self._connected(list(rooms.values())) if rows else set()
        return [
            (Device(row["_id"], row["push_platform"], rooms[row["_id"]] in connected), sent_to(row)) for row in rows
        ]


def _stands(one: Change, found: Mapping[Key, Record], unread: Mapping[str, Unread]) -> bool:
    """Tell whether a change is still news: not over, not changed by anybody since, and not seen by the user.

    A record of which Beside only moved a deadline, to give an absence back, is the same news as before.
    """
    key, seq = one
    record = found.get(key)
    if record is None or not is_news(record) or unread.get(key.space, Unread(0)).seen >= seq:
        return False
    return seq in (0, record.seq) or is_given_back(record)


def sent_to(row: Document) -> Sent:
    """Return an empty payload for the device in a row."""
    keys = row.get("push_keys", ("", ""))
    return Sent(row["push_platform"], row["push_token"], {}, (keys[0], keys[1]), row.get("push_at", 0))
