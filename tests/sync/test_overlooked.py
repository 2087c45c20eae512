"""What RxDB may overlook while its own push has no answer is sent to it once more, whichever workers are asked.

RxDB skips a pulled document whose push is under way, and still moves its checkpoint on.
"""

import pytest

from schemas.errors import TryLater
from server.app import build
from server.store.group_commit import GroupCommit
from sync.client_databases import batches
from sync.client_databases.corrections import LATER
from sync.client_databases.push_echoes import WINDOW
from tests.conftest import CONFIG
from tests.http_app import App

RXDB = "adapters/rxdb/note"


class Device(App):
    """A device with RxDB, which has pulled everything."""

    def __init__(self, world, phone):
        super().__init__(world, phone)
        self.checkpoint, self.rows = None, {}
        self.pull()

    def pull(self, *, stay=False):
        """Return the titles that come, and keep the checkpoint."""
        page = self.call(f"{RXDB}/pull", {"checkpoint": self.checkpoint, "batchSize": 100})
        if not stay:
            self.checkpoint = page["checkpoint"]
        self.rows |= {row["id"]: row for row in page["documents"]}
        return [row["title"] for row in page["documents"]]

    def push(self, *rows):
        return self.answer(f"{RXDB}/push", list(rows))


def new(name, title="mine"):
    return {"newDocumentState": {"id": name, "title": title, "body": "", "_deleted": False}}


def change(master, **fields):
    return {"newDocumentState": {**master, **fields}, "assumedMasterState": master}


@pytest.fixture
def workers(world):
    """Return two workers, which share the database only."""
    return [world.parts, build(CONFIG, world.mongo, lambda: world.time)]


@pytest.fixture
def device(world, ann, workers):
    assert ann.do("note.put", id="n1", title="old")["ok"]
    return Device(world, ann)


@pytest.fixture
def other(world, ann):
    """Return a native phone of the same user."""
    return world.phone(ann.transport.caller, "other")


def put(world, phone, title):
    world.wait(1)
    assert phone.do("note.put", id="n1", title=title)["ok"]


@pytest.mark.parametrize("pulls", [0, 1], ids=["the same worker", "another worker"])
def test_a_change_that_is_pulled_before_the_push_is_answered_comes_again(world, device, other, workers, pulls):
    device.push(change(device.rows["n1"], body="mine"))
    put(world, other, "theirs")
    device.parts = workers[pulls]
    assert device.pull() == ["theirs"]
    assert device.pull() == []
    world.wait(LATER)
    assert device.pull() == ["theirs"]


def test_so_it_does_after_a_restart(world, device, other):
    device.push(change(device.rows["n1"], body="mine"))
    put(world, other, "theirs")
    world.restarted()
    device.parts = world.parts
    device.pull()
    world.wait(LATER)
    assert device.pull() == ["theirs"]


def test_so_does_one_whose_row_the_push_left_as_it_was(world, device, other, workers):
    device.push(change(device.rows["n1"]))
    put(world, other, "theirs")
    device.parts = workers[1]
    device.pull()
    world.wait(LATER)
    assert device.pull() == ["theirs"]


def test_so_does_one_that_was_pulled_before_the_push_was_stored(world, device, workers):
    """The first answer was lost. The second push says that it knows nothing of the server's document yet."""
    device.push(new("m1"))
    world.wait(WINDOW + 1)
    device.parts = workers[1]
    assert device.pull() == ["mine"]
    device.parts = workers[0]
    assert device.push(new("m1")).get_json() == [], "it is as it was written"
    device.pull()
    world.wait(LATER)
    assert device.pull() == ["mine"]


def test_a_document_of_which_others_wrote_is_in_the_answer_itself(world, device, other):
    before = device.rows["n1"]
    put(world, other, "theirs")
    device.pull()
    [master] = device.push(change(before, body="mine")).get_json()
    assert master["title"] == "theirs"


def test_a_push_of_many_commits_is_under_way_until_its_last_one(world, device, other, workers, monkeypatch):
    monkeypatch.setattr(batches, "BATCH_ROWS", 1)
    run, asked = GroupCommit.run, []

    def slow(store, mutations):
        run(store, mutations)
        if mutations[0].push is not None:
            asked.append(len(asked))
            world.time += WINDOW - 1000

    monkeypatch.setattr(GroupCommit, "run", slow)
    device.push(change(device.rows["n1"], body="mine"), *(new(f"m{number}") for number in range(4)))
    assert len(asked) == 5
    monkeypatch.undo()
    put(world, other, "theirs")
    device.parts = workers[1]
    device.pull()
    world.wait(LATER)
    assert "theirs" in device.pull()


def test_nothing_comes_again_that_no_push_is_about(world, device, other):
    device.push(change(device.rows["n1"], body="mine"))
    world.wait(WINDOW + 1)
    put(world, other, "theirs")
    assert device.pull() == ["theirs"]
    world.wait(LATER)
    assert device.pull() == []


def test_a_push_of_another_device_is_no_reason(world, device, other, ann):
    second = Device(world, world.phone(ann.transport.caller, "second"))
    second.push(change(second.rows["n1"], body="hers"))
    assert device.pull() == ["old"]
    world.wait(LATER)
    assert device.pull() == []


def test_a_pull_is_answered_though_nothing_can_be_stored(world, device, other, monkeypatch):
    """The page comes, and its checkpoint stays: it comes again, until it is known to be sent once more later."""
    device.push(change(device.rows["n1"], body="mine"))
    put(world, other, "theirs")
    run = GroupCommit.run

    def full(_, mutations):
        for pending in mutations:
            pending.problem = TryLater("The server is busy; repeat this later.", retry_after=1)

    monkeypatch.setattr(GroupCommit, "run", full)
    assert device.pull() == ["theirs"]
    assert device.pull() == ["theirs"]
    monkeypatch.setattr(GroupCommit, "run", run)
    assert device.pull() == ["theirs"]
    assert device.pull() == []
    world.wait(LATER)
    assert device.pull() == ["theirs"]


def test_a_correction_that_is_due_at_once_waits_behind_no_later_one(world, device):
    """Each row that is refused is corrected at once, and once more later."""
    for number in range(3):
        device.push(new(f"bad id {number}"))
        page = device.call(f"{RXDB}/pull", {"checkpoint": device.checkpoint, "batchSize": 100})
        device.checkpoint = page["checkpoint"]
        assert [(row["id"], row["_deleted"]) for row in page["documents"]] == [(f"bad id {number}", True)]
    world.wait(LATER)
    page = device.call(f"{RXDB}/pull", {"checkpoint": device.checkpoint, "batchSize": 100})
    assert {row["id"] for row in page["documents"]} >= {f"bad id {number}" for number in range(3)}
