"""Step 17 of the migrations: positions move from the spaces of pairings into the private spaces of their users.

The positions of one space move in one transaction, on condition of the heads that were read, each change with a new
seq. So phones are told of the move as of any other change, and the step can be run again at any time. Corrections
delete the rows of the old records in client databases. Nothing is stored for a user whose account has been removed:
nobody can read the private space of that user, and nothing would ever delete it.
"""

import time
from collections.abc import Mapping

from server.commands import access
from server.commands.conversation import receipt
from server.sealing.master_keys import KEY_BYTES, MasterKeys
from server.store import transaction
from server.store.change_set import ChangeSet
from server.store.data_keys import DataKeys
from server.store.database import Mongo
from server.store.documents import Records
from server.store.sessions import Sessions, Unanswered
from server.store.spaces import SpaceCache
from sync.client_databases.corrections import correction
from sync.record import Record, position_key

SPACES_AT_ONCE = 1_000  # names of spaces read at once: a cursor that is not used for ten minutes ends
NO_KEYS = MasterKeys([bytes(KEY_BYTES)])  # positions, receipts and corrections have no content: no key is ever used
PAUSE = 0.1  # seconds before a space is tried again
PAIRINGS = {"$gte": "pair:", "$lt": "pair;"}  # the names of the spaces of pairings


def move(database: Mongo) -> None:
    """Move all positions. From then on, no record in a shared space shows how far a member has read."""
    sessions = Sessions(database)
    for row in database.spaces.find({"_id": PAIRINGS}, {"_id": 1}, batch_size=SPACES_AT_ONCE).sort("_id", 1):
        while not _is_moved(database, sessions, row["_id"]):
            time.sleep(PAUSE)  # another transaction of an earlier try may have to end first


def _is_moved(database: Mongo, sessions: Sessions, space: str) -> bool:
    """Move the positions of a space; return False if that must be tried again."""
    sessions.end_abandoned()
    records = Records(database, DataKeys(database, NO_KEYS))
    change_set = ChangeSet(records, SpaceCache())
    positions = [one for one in change_set.of_kind(space, "position") if not one.deleted]
    pairing = access.find_shared_space(change_set, space)
    if not positions or pairing is None:
        return True
    accounts = _accounts(database, pairing)
    change_set.put(changed for one in positions for changed in _moved(change_set, pairing, one, accounts))
    try:
        transaction.store(records, change_set, sessions)
    except (transaction.Moved, Unanswered):
        sessions.suspect_abandoned()
        return False
    return True


def _accounts(database: Mongo, pairing: Record) -> dict[str, str]:
    """Return {member: user} of the members of a pairing whose accounts have not been removed."""
    users = pairing.hidden["users"]
    found = {row["_id"] for row in database.users.find({"_id": {"$in": list(users.values())}}, {"_id": 1})}
    return {member: user for member, user in users.items() if user in found}


def _moved(change_set: ChangeSet, pairing: Record, position: Record, accounts: Mapping[str, str]) -> list[Record]:
    """Return what the move of a position changes: the position, its receipt, and the rows of both members."""
    rows = [correction("position", user, position.id, "migration 17", now=0) for user in accounts.values()]
    records = [position.tombstone(), *rows]
    user = accounts.get(position.id)
    if user is not None:
        key = position_key(user, position.space)
        data = {"where": position.space, **position.data}
        records.append(change_set.get(key) or Record(key.id, key.kind, key.space, user, data))
    if position.id in pairing.hidden["users"] and receipt.is_shown_in(pairing):
        shown = {"delivered": position.data["delivered"]}
        records.append(Record(position.id, "receipt", position.space, position.id, shown))
    return records
