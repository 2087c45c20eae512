"""Taking a space away from somebody."""

from server.store.pending import PendingMutation
from sync.record import Key, private


def remove_membership(world, phone, space):
    """Take a space away from somebody: delete the membership."""
    key = Key(private(phone.user), "membership", space.replace(":", "."))
    world.parts.group_commit.run(
        [PendingMutation(f"{phone.user}|gone", "", "test", lambda draft: [draft.get(key).tombstone()])]
    )
