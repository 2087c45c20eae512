"""The collection `erasures`: one row, under a digest of the user, for each account that is being deleted.

The store also destroys the data keys of the account, and removes shared spaces that all members have left.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from server.sealing.parts import Owner
from server.store import documents, unsealed
from server.store.accounts import OWN_SPACES
from server.store.database import Document
from server.store.documents import Records
from sync.record import erasing_space, leaving_space, pins_space, private, specialist_space, undotted

ROWS_AT_ONCE = 1_000


class ErasureStore:
    """Plans the erasure of an account, and carries it out."""

    def __init__(self, records: Records) -> None:
        self._database, self._sealed = records.database, records

    def spaces(self, user: str) -> list[str]:
        """Return the shared spaces that a user is or was a member of."""
        rows = self._database.records.find({"space": private(user), "kind": "membership"}, {"id": 1})
        return [undotted(row["id"]) for row in rows]

    def planned(self, user: str, plan: Mapping[str, Any]) -> Document:
        """Store the plan of an erasure and return it; a plan that was stored before an interruption is kept."""
        name = self._sealed.keys.digest("erasure", user)
        self._database.erasures.update_one({"_id": name}, {"$setOnInsert": dict(plan)}, upsert=True)
        return self._database.erasures.find_one({"_id": name}) or {}

    def counts(self, authors: Iterable[Owner]) -> dict[str, int]:
        """Return {kind: number} of the records that some authors have in their spaces."""
        counted: dict[str, int] = {}
        for author in authors:
            rows = self._database.records.find({"space": author.space}, {"kind": 1, "author": 1, "deleted": 1})
            for row in rows.batch_size(ROWS_AT_ONCE):
                if "deleted" not in row and row["author"] == author.member:
                    counted[row["kind"]] = counted.get(row["kind"], 0) + 1
        return counted

    def own(self, user: str) -> list[Owner]:
        """Return the owners of a user's data keys in OWN_SPACES and in the space of the user as a specialist."""
        owners = [Owner(user, space_of(user)) for space_of in (*OWN_SPACES, specialist_space)]
        return [*owners, Owner("", private(user))]

    def keys(self, owners: Iterable[Owner]) -> list[bytes]:
        """Return the ids of the keys that some owners have, destroyed or not."""
        return self._sealed.keys.stored(owners)

    def destroy(self, owners: Iterable[Owner]) -> None:
        """Destroy the keys of some owners: nobody can read any more what these owners have written."""
        self._sealed.keys.destroy(owners)

    def seal(self, spaces: Iterable[str]) -> None:
        """Seal what an older version has stored in some spaces. Call this before the key of any writer is destroyed."""
        if not unsealed.is_done(self._database):
            for space in spaces:
                unsealed.seal_space(self._sealed, space)

    def remove_space(self, space: str, members: Iterable[str]) -> None:
        """Remove a shared space that nobody can read any more, with everything in it and about it.

        The space of its erasures goes last: after an interruption, the erasures in it repeat the removal.
        """
        self.destroy([Owner("", space), *(Owner(member, space) for member in members)])
        for one in (pins_space(space), space, erasing_space(space)):
            documents.delete(self._database.records, one)
            self._database.spaces.delete_one({"_id": one})

    def forget(self, user: str) -> None:
        """Remove what is left of an account after its deletion: its own spaces, and the plan of the erasure."""
        for space in (*(space_of(user) for space_of in OWN_SPACES), leaving_space(user)):
            documents.delete(self._database.records, space)
            self._database.spaces.delete_one({"_id": space})
        self._database.erasures.delete_one({"_id": self._sealed.keys.digest("erasure", user)})
