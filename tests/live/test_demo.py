"""`make demo` tells both of its stories to the end, and each says what it promises."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PROMISED = [
    "Ann is shown Sam: You both know what grief is like.",
    "Sam sees “Hello. Is this a good time?” live,",
    "Ann sends all 3 again: each is done, and none of it twice",
    "both edits of the note are kept: “Monday, on the train” / “I wrote to Sam, and it was good.”",
    "The replicas are equal, record by record (7 in their space).",
    "Tom is asked whether he has room for Mara",
    "The promise is kept; only the network was late",
    "Mara passes. That is an answer",
    "Mara sees “heard” and “with you” beside her words",
    "in the same instant both cards are open, on both phones",
    "Tom sees none of it, and nobody else does",
    "Mara is told by her phone, and nobody else is: this is far below what is usual for her",
    "Mara says that it is good again",
    "Tom closes with “Sleep well, Mara.”",
    "Tom is rung once: there is something new, 3 messages to read.",
    "now it is a milestone of theirs",
    "Ida reads “My brother Jan died in autumn.",
    "Mara reads Tom's letter:",
    "Mara switches the network off, and reads all of it: Our path",
    "Both hold on to “I did not pick up when he called, the evening before.”",
    "Ida writes “Tell me about the trains.”",
    "The replicas are equal, record by record (32 in their space).",
]


@pytest.fixture(scope="module")
def told():
    """Return what the stories say, without frames and line breaks."""
    own = {name: value for name, value in os.environ.items() if name != "MONGODB_URI"}
    story = subprocess.run(
        [sys.executable, "-m", "tests.demo"],
        cwd=ROOT,
        env={**own, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert story.returncode == 0, story.stdout + story.stderr
    return " ".join(story.stdout.replace("─", " ").split())


def test_both_stories_say_what_they_promise_and_in_this_order(told):
    places = [told.find(line) for line in PROMISED]
    assert -1 not in places, PROMISED[places.index(-1)]
    last = [told.rfind(line) for line in PROMISED]
    assert last == sorted(last)
