"""Random stories with a bad network: afterwards all apps and phones are equal, and nothing is stored twice.

A story is replayed by its seed, and made longer, with STORY_SEED=7 and STORY_STEPS=500 in the environment.
"""

import os
import random

import pytest

from tests.adapters.program import Failure

STEPS = int(os.environ.get("STORY_STEPS", "60"))
FAULTS = [(fault, on) for fault in ("refuse", "lose", "twice") for on in ("pull", "push")] + [("strip", "push")]
SEEDS = [int(os.environ["STORY_SEED"])] if "STORY_SEED" in os.environ else [1, 2, 3]


class Story:
    """Ann with two apps and a native phone, and sam with one of each. All act at random."""

    def __init__(self, seed, apps, phones, space):
        self.random, self.apps, self.phones, self.space = random.Random(seed), apps, phones, space
        self.said = 0

    def step(self):
        """Let one app or phone do a random action."""
        app = self.random.choice(self.apps)
        act = self.random.choice(
            [self.send, self.note, self.edit, self.remove, self.read, self.sync, self.sync, self.phone]
        )
        act(app)

    def send(self, app):
        app.send(self.space, self.words())

    def note(self, app):
        rows = list(app.rows("note"))
        if rows and self.random.random() < 0.7:
            app.update("note", self.random.choice(rows), **{self.random.choice(["title", "body"]): self.words()})
        else:
            app.create("note", title=self.words(), body=self.words())

    def edit(self, app):
        """Edit a random message; a message of somebody else is corrected by the next sync."""
        if rows := list(app.rows("message")):
            app.do("edit", row=self.random.choice(rows), text=self.words())

    def remove(self, app):
        table = self.random.choice(["message", "note"])
        if rows := list(app.rows(table)):
            app.delete(table, self.random.choice(rows))

    def read(self, app):
        places = [row["first_seq"] for row in app.rows("message").values()]
        if any(places):
            app.do("read", space=self.space, upTo=self.random.choice([place for place in places if place]))

    def sync(self, app):
        if self.random.random() < 0.5:
            fault, on = self.random.choice(FAULTS)
            app.do("fault", name=fault, on=on)
        try:
            app.sync()
        except Failure as failure:
            if "network" not in str(failure) and "lost" not in str(failure):
                raise

    def phone(self, _):
        phone = self.random.choice(self.phones)
        phone.sync()
        mine = [record for record in phone.records("message") if record["author"] == phone.spaces()[self.space]]
        if mine and self.random.random() < 0.5:
            phone.does("message.edit", space=self.space, id=self.random.choice(mine)["id"], text=self.words())
        else:
            phone.does("message.send", space=self.space, id=f"native-{self.said}", text=self.words(), origin="person")
        phone.sync()

    def words(self):
        self.said += 1
        return f"words {self.said}"

    def settle(self):
        """Let all apps and phones sync until nothing changes."""
        for app in self.apps:
            app.do("heal")
        for _ in range(3):
            for app in self.apps:
                app.sync()
        for phone in self.phones:
            phone.sync()


@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_story_everybody_has_the_same(app, ann, sam, space, tables, seed):
    apps = [app(ann), app(ann), app(sam)]
    story = Story(seed, apps, [ann, sam], space)
    for each in apps:
        each.sync()
    for _ in range(STEPS):
        story.step()
    story.settle()
    assert apps[0].everything(tables) == apps[1].everything(tables)
    native = [
        place_and_content(record["first_seq"], record["author"], record["data"]) for record in sam.records("message")
    ]
    for each in apps:
        rows = each.rows("message").values()
        assert sorted(place_and_content(row["first_seq"], row["author"], row) for row in rows) == native
        assert not each.do("dirty")
        diagnosis = each.do("diagnose")
        assert diagnosis["issueCount"] == 0, diagnosis["log"]


def place_and_content(place, author, data):
    return place, author, data["text"], data.get("edited", False)
