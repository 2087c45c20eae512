"""Erasures: a user's words in a shared space are erased, or lose only their name, and the other members see that.

An erasure begins with one commit, which marks the member in the pairing and stores a record of the erasure, in a space
that nobody reads. If words are to be erased, the member's key is destroyed next. A timer then works through the records
in portions. Each change takes a new seq, so every phone that has the words fetches the change and removes them.
"""

from dataclasses import replace
from typing import Any

from schemas.content import CONTENT, WHOLE, without_writer
from schemas.erasure import ERASED, PORTION, BeginErasure, TurnErasure
from server.commands import access
from server.commands.context import Args, Context, command
from server.commands.due import Histories, on_due
from server.commands.states import due_now, idle, with_data, without
from sync.record import Key, Record, erasing_space, private

INTRODUCED = ("introduction", "story_card")  # kinds in which members tell about themselves
ROOM = 1_000_000  # characters of the records of one commit: half of what one commit can store
SIGNS = ("ack", "receipt")  # kinds without content that still show what a member did
MARKED = ("pairing",)  # kinds that say what was erased, and so are never erased


@command("erasure.begin", BeginErasure, internal=True)
def begin(context: Context, args: Args) -> list[Record]:
    """Begin the erasure for a user whose account is deleted. Beginning it twice is the same as once."""
    pairing = access.find_shared_space(context.reads, args["space"])
    if pairing is None:
        return []
    member = next((one for one, user in pairing.hidden["users"].items() if user == args["user"]), None)
    if member is None or member in pairing.hidden.get("gone", ()):
        return []
    hidden = {**pairing.hidden, "gone": sorted({*pairing.hidden.get("gone", ()), member})}
    left = replace(pairing, hidden=hidden)
    before = context.reads.get(erasure_key(pairing.space, member))
    if before is not None and before.data["words"] == ERASED:  # its timer removes the space once everybody has gone
        return [left, replace(before, due=context.now)]
    return begun(context, left, member, args["words"])


def begun(context: Context, pairing: Record, member: str, words: str) -> list[Record]:
    """Return what changes when an erasure begins: the pairing, and the record of the erasure, which is due at once."""
    key = erasure_key(pairing.space, member)
    before = context.reads.get(key)
    if before is not None and before.data["words"] == ERASED:
        return [pairing]
    role = pairing.data["members"].get(member, {}).get("role")
    members = {**pairing.data["members"], member: {"role": role, "words": words}}
    erasure = Record(key.id, key.kind, key.space, data={"of": pairing.space, "words": words, "after": 0})
    quotes = _unquoted(context, pairing, role) if words == ERASED else []
    return [with_data(pairing, members=members), replace(erasure, due=context.now), *quotes]


def _unquoted(context: Context, pairing: Record, role: str | None) -> list[Record]:
    """Return the supervisors' copies of debriefs about a pairing, without the messages that this role has written."""
    records = []
    for user in pairing.hidden["users"].values():
        for asked in context.reads.of_kind(private(user), "debrief"):
            if asked.deleted or asked.data["by"] is not None or asked.data["where"] != pairing.space:
                continue
            supervisor, name = asked.hidden["other"]
            shown = context.reads.get(Key(private(supervisor), "debrief", name))
            if shown is not None and not shown.deleted:
                left = [one for one in shown.data["messages"] if one["by"] != role]
                records += [with_data(shown, messages=left)] if left != shown.data["messages"] else []
    return records


def _due_args(erasure: Record, histories: Histories) -> Args:
    """Return the next records of a space that an erasure changes, and the seq up to which the space is then done.

    Each change takes a new seq. So the scan goes on until it reaches the space's last seq (``is_done``).
    """
    of, after = erasure.data["of"], erasure.data["after"]
    extent = histories.extents([of]).get(of)
    head = extent.head if extent is not None else 0
    rows = _portion(histories.after(of, after, head, PORTION)) if after < head else []
    found = [[one.kind, one.id] for one in rows if erased(one, erasure.id, erasure.data["words"]) is not one]
    reached = rows[-1].seq if rows else head
    named = {"space": erasure.space, "id": erasure.id, "of": of}
    return {**named, "found": found, "after": reached, "is_done": after >= head}


def _portion(rows: list[Record]) -> list[Record]:
    """Return the first records, as many as fit into one commit, but at least one."""
    left = ROOM
    for number, row in enumerate(rows):
        left -= len(str(row.data)) + len(str(row.hidden))
        if left < 0:
            return rows[: max(1, number)]
    return rows


@on_due("erasure", "turn", TurnErasure, _due_args)
def turn(context: Context, args: Args) -> list[Record]:
    """Erase the next records."""
    erasure = due_now(context, "erasure", args)
    if erasure is None:
        return []
    if args["is_done"]:
        return [idle(erasure)]
    found = (context.reads.get(Key(args["of"], kind, name)) for kind, name in args["found"])
    records = [erased(one, erasure.id, erasure.data["words"]) for one in found if one is not None]
    return [*records, replace(with_data(erasure, after=args["after"]), due=context.now)]


def erased(record: Record, member: str, words: str) -> Record:
    """Return a record of a shared space without a member's words; the same object if it has none.

    If the words may stay, only earlier texts of edited messages and the member's facts about themselves are removed.
    """
    is_erased = "erased" in record.hidden  # the key is destroyed, but the record is still stored with the words
    if record.deleted or record.kind in MARKED:
        return record.tombstone() if record.deleted and is_erased else record
    if words != ERASED:
        return _unnamed(record, member)
    if record.kind not in CONTENT:
        return record.tombstone() if record.author == member and record.kind in SIGNS else record
    data, hidden = _without_fields(record, member)
    data = _without_entries(record, data, member)
    if data == record.data and hidden == record.hidden:
        return record
    if record.author == member and not _says(record.kind, data):
        return record.tombstone()
    return replace(record, data=data, hidden=hidden)


def erasure_key(space: str, member: str) -> Key:
    """Return the key of the record of a member's erasure in a shared space."""
    return Key(erasing_space(space), "erasure", member)


def _unnamed(record: Record, member: str) -> Record:
    cards = record.data.get("cards") or {}
    if record.kind == "disclosure" and cards.get(member, {}).get("facts"):
        return with_data(record, cards={**cards, member: {**cards[member], "facts": []}})
    if record.author != member:
        return record
    if record.kind in INTRODUCED:
        return record.tombstone()
    return replace(record, hidden=without(record.hidden, "revisions")) if "revisions" in record.hidden else record


def _without_fields(record: Record, member: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the data and the hidden data of a record, without the fields that a member wrote."""
    content, writers = CONTENT[record.kind], record.hidden.get("writers", {})
    own = {field for field in content.data - content.of_space if writers.get(field, record.author) == member}
    gone = {field: without_writer(record.kind, field) for field in own & record.data.keys()}
    kept = content.hidden if record.author != member else frozenset[str]()
    gone_too = (content.hidden - kept) | {"erased"}
    hidden = {name: value for name, value in record.hidden.items() if name not in gone_too}
    return {**record.data, **gone}, hidden


def _without_entries(record: Record, data: dict[str, Any], member: str) -> dict[str, Any]:
    """Return data without a member's entries."""
    for field, inner in CONTENT[record.kind].by_member.items():
        entries = data.get(field) or {}
        if member in entries:
            left = {} if inner == WHOLE else {member: without(entries[member], inner)}
            data = {**data, field: {**without(entries, member), **left}}
    return data


def _says(kind: str, data: dict[str, Any]) -> bool:
    """Tell whether anything that anybody wrote is left in the data of a record."""
    content = CONTENT[kind]
    return any(data.get(field) for field in content.data | content.by_member.keys())
