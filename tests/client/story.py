"""The random stories of ``tests/sync/any_story.py`` on phones of @beside/client, which are also killed."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from server.commands.context import Caller
from tests.client.remote import Driver, Killed, Remote
from tests.conftest import World
from tests.sync.any_story import PHONES, PLACES, Story
from tests.sync.power import Supply
from tests.sync.steps import Step, step
from tests.transports import Direct


def phones_of(driver: Driver, stores: list[str]) -> Callable[[World, Caller, str], Remote]:
    """Return a function that makes the phone of a caller; each phone takes the next store."""
    left = list(stores)

    def make(world: World, caller: Caller, device: str) -> Remote:
        direct = Direct(world.parts, replace(caller, device=device))
        return Remote(driver, direct, caller.user, device, lambda: world.time, store=left.pop(0))

    return make


class ClientStory(Story):
    """A story with more steps: apps are killed, start again and sync by themselves."""

    def __init__(self, world: World, supply: Supply, driver: Driver, stores: list[str]) -> None:
        super().__init__(world, supply, phones_of(driver, stores))

    @step(3, who=PHONES)
    def the_app_starts_again(self, who):
        self.phones[who].restart()

    @step(5, who=PHONES, at=[1, 1, 2, 3], done=[False, True])
    def the_app_will_be_killed(self, who, at, done):
        self.phones[who].dies(at, done=done)

    @step(3, who=PHONES)
    def the_app_syncs(self, who):
        """Let the client sync by its own rules."""
        phone = self.phones[who]
        waiting = list(phone.outbox)
        try:
            phone.sync()
        finally:
            self.account.follow(phone, waiting, [])
        assert phone.outbox == []

    @step(4, where=PLACES)
    def what_was_deleted_is_forgotten(self, where):
        """Delete a message, and let its tombstone expire after later writes."""
        phone = self.phones[0]
        for row in phone.records("message")[-1:]:
            phone.does("message.delete", space=row["space"], id=row["id"])
        self.tombstones_expire(where, 10**6, (0, False))

    def happens(self, this: Step) -> None:
        with suppress(Killed):
            super().happens(this)
            return
        self.met["killed"] += 1

    def heal(self) -> None:
        for phone in self.phones:
            phone.lives()
        super().heal()
