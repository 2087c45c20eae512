"""The power is cut before, and right after, every write of a long story. The phones try again; nothing is amiss."""

import itertools
from collections.abc import Callable

import pytest
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from server.store.database import database
from tests import phone as phones
from tests.conftest import World
from tests.phone import Phone

WRITES = ((Collection, "bulk_write"), (ClientSession, "commit_transaction"))


class PowerCut(BaseException):
    """The worker is gone, and with it all that it remembered."""


class Supply:
    """Counts writes, and cuts the power at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.cut_at, self.after = 0, 0, False
        for owner, name in WRITES:
            monkeypatch.setattr(owner, name, self._watched(getattr(owner, name)))

    def _watched(self, write: Callable) -> Callable:
        def watched(*args, **how):
            self.count += 1
            cut = self.count == self.cut_at
            if cut and not self.after:
                raise PowerCut
            result = write(*args, **how)
            if cut:
                raise PowerCut
            return result

        return watched


class Story:
    """Two people and three phones on a world whose power may fail."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sam = world.phone(world.person("sam", "specialist"))
        ann = world.person("ann")
        self.ann, self.tablet = world.phone(ann), world.phone(ann, "tablet")

    def tell(self) -> list[dict]:
        """Tell it, and return what each phone has in the end."""
        sam, ann, tablet = self.sam, self.ann, self.tablet
        self.all(sam.does("pairing.invite", name="Sam"))
        code = sam.records("pairing")[0]["data"]["code"]
        self.all(ann.does("pairing.join", code=code))
        space = sam.records("pairing")[0]["space"]
        ann.does("message.send", space=space, id="m1", text="hello")
        ann.does("message.send", space=space, id="m2", text="a slip")
        ann.does("note.put", id="n1", title="Monday", body="rain")
        self.all(sam.does("message.send", space=space, id="m3", text="hello Ann", reply_to="m1"))
        ann.does("message.edit", space=space, id="m1", text="hello Sam")
        tablet.does("message.delete", space=space, id="m2")
        tablet.does("note.put", id="n1", body="sun")
        sam.does("position.read", space=space, seq=4)
        self.all(ann.does("profile.edit", name="Ann"))
        tablet.does("note.delete", id="n1")
        sam.does("message.send", space=space, id="m1", text="an id that is taken")
        self.all(sam.does("pairing.end", pairing=space.removeprefix("pair:")))
        self.all(ann.does("message.send", space=space, id="m4", text="too late"))
        return [phone.replica for phone in (sam, ann, tablet)]

    def all(self, _: object) -> None:
        """Let every phone send and fetch, however often the power fails meanwhile."""
        for phone in (self.sam, self.ann, self.tablet) * 2:
            self.world.wait(1)
            while not self._synced(phone):
                self.world.restarted()
                for other in (self.sam, self.ann, self.tablet):
                    other.transport.parts = self.world.parts

    def _synced(self, phone: Phone) -> bool:
        try:
            phone.sync()
        except PowerCut:
            return False
        return not phone.outbox


@pytest.fixture
def told(client, monkeypatch):
    """Return a function that tells the story with the power cut at one write."""
    supply = Supply(monkeypatch)
    return lambda cut_at, *, after=False: tell(client, monkeypatch, supply, cut_at, after)


def tell(client, monkeypatch, supply, cut_at, after):
    """Tell the story on an empty database; return the replicas, the number of writes, and the rows of the ledger."""
    name = f"test_cut_{cut_at}_{after}"
    client.drop_database(name)
    numbers = itertools.count()  # the same ids in every telling, so that the ends can be compared
    monkeypatch.setattr(phones.uuid_utils, "uuid7", lambda: f"00000000-0000-7000-8000-{next(numbers):012x}")
    world = World(database(client, name))
    supply.count, supply.cut_at, supply.after = 0, cut_at, after
    try:
        return Story(world).tell(), supply.count, world.mongo.ledger.count_documents({})
    finally:
        client.drop_database(name)


@pytest.mark.timeout(300)
def test_a_power_cut_at_any_write_heals(told):
    undisturbed, writes, rows = told(0)
    assert writes > 30, "need a long story for this test to mean anything"
    assert rows == 15
    for after in (False, True):
        for cut_at in range(1, writes + 1):
            replicas, _, remembered = told(cut_at, after=after)
            assert replicas == undisturbed, (cut_at, after)
            assert remembered == rows
