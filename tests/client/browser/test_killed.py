"""A tab that is killed at any write, before or after it: nothing that was stored is lost, and nothing is done twice.

The writes are drawn at random in every run; the seed is printed, and `STORY_SEED=<seed>` draws the same writes again.
`make client-fuzz` kills the tab at every write.
"""

import os

import pytest

from tests.client.browser.web_app import Tab
from tests.drawn import drawn
from tests.phone import Phone
from tests.sealed import stored
from tests.waiting import until

STORY = """async ([space, ids]) => {
  const { phone } = app;
  globalThis.stored = [];
  const send = async (text, id) => {
    await phone.do("message.send", { space, id, text, origin: "person" });
    stored.push(text);
  };
  const note = async (title) => {
    await phone.do("note.put", { id: title, title, body: "" });
    stored.push(title);
  };
  await send("one", ids[0]);
  await note("private");
  const last = await phone.do("message.send", { space, id: ids[1], text: "two", origin: "person" });
  stored.push("two");
  await last.outcome;
  await send("three", ids[2]);
  while (phone.outbox.value.length > 0) await new Promise((done) => setTimeout(done, 10));
  document.documentElement.dataset.stopped = "no"; // it was not stopped
}"""
LEAST, MOST = 8, 20  # writes of the story: fewer if the server's answers arrive together
PARTS = ["from sam", "one", "private", "two", "three"]
MOMENTS = [(at, done) for at in range(1, MOST) for done in (False, True)]  # before a write, and once it is stored
THOROUGH = "STORIES" in os.environ  # as in `make client-fuzz`
DRAWN = 6  # moments at which the tab is killed, unless the run is thorough


class Killed:
    """A tab that plays the story until it is killed at a write, and the tab that is opened after it."""

    def __init__(self, context, origin, pair, at, *, done):
        self.pair, self.at = pair, (at, done)
        pair.write("from sam")
        options = {"server": pair.server.address, "tokens": pair.tokens}
        tab = Tab(context, origin, stopAt={"at": at, "done": done}, **options)
        tab.page.evaluate(f"(told) => void ({STORY})(told)", [pair.space, [f"m{n}" for n in range(3)]])
        stopped = tab.page.locator("html[data-stopped]")
        stopped.wait_for(state="attached")
        self.was_killed = stopped.get_attribute("data-stopped") == "yes"
        self.stored = tab.page.evaluate("stored")  # texts that the app showed as stored
        tab.page.close()
        self.after = Tab(context, origin, **options)

    def told(self):
        """Return the parts of the story that the server has, once the later tab has sent its whole outbox."""
        until(lambda: self.after.call("waiting") == 0)
        notes = stored(self.pair.server.mongo, {"space": f"user:{self.pair.ann.user}", "kind": "note"})
        return sorted([*self.pair.sent(), *(note["data"]["title"] for note in notes)], key=PARTS.index)

    def has_what_a_new_phone_has(self):
        new = Phone(self.pair.ann.transport, self.pair.ann.user)
        new.sync()
        return seqs(self.after.rows()["records"].values()) == seqs(new.replica.values())


def seqs(records):
    return {(one["space"], one["kind"], one["id"]): one["seq"] for one in records}


def is_right(killed):
    """Check the messages of the server and of the later tab; return whether the first tab was killed."""
    told = killed.told()
    stored = ["from sam", *killed.stored]
    assert told in (stored, PARTS[: len(stored) + 1]), killed.at
    assert killed.was_killed or told == PARTS
    until(killed.has_what_a_new_phone_has, "it differs from a new phone")
    assert killed.after.texts(killed.pair.space) == [text for text in told if text != "private"]
    return killed.was_killed


@pytest.mark.timeout(30 * len(MOMENTS))
def test_a_tab_that_is_killed_at_any_write_loses_nothing_and_does_nothing_twice(browser, origin, make_pair):
    for at, done in MOMENTS if THOROUGH else drawn().sample(MOMENTS, DRAWN):
        with browser.new_context() as context:
            was_killed = is_right(Killed(context, origin, make_pair(), at, done=done))
        assert was_killed or at > LEAST, (at, done)


def test_these_are_all_writes_of_the_story(context, origin, pair):
    assert not is_right(Killed(context, origin, pair, MOST, done=False))
