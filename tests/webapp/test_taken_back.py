"""Taking words back in the app: after the end, with the goodbye, with the account; and what the other sees of that."""

import json

import pytest
from playwright.sync_api import expect

from tests.conftest import PASSPHRASE


def test_each_deletes_their_own_messages_after_the_end_and_does_nothing_else_with_them(passing):
    ann, sam = passing
    ann.writes("Sam", "Better unsaid.")
    sam.writes("Ann", "I am here.")
    ann.sees("I am here.")
    sam.sees("Better unsaid.")
    sam.goes(f"/talk/{sam.space}/parting")
    sam.presses("End it")
    sam.presses("End it")
    ann.reads("Sam and you have ended. What you wrote stays here for you. You can still delete your own words.")
    ann.message("I am here.").get_by_role("button").click()
    ann.reads("Copy")
    for words in ("Delete", "Answer this", "Change", "Keep for our path"):
        expect(ann.page.get_by_role("button", name=words, exact=True)).to_have_count(0)
    ann.message("Better unsaid.").get_by_role("button").click()
    ann.presses("Delete")
    ann.reads("Sam may have read it already.")
    ann.presses("Delete")
    expect(ann.message("Better unsaid.")).to_have_count(0)
    sam.goes(f"/talk/{sam.space}")
    sam.sees("I am here.")
    expect(sam.message("Better unsaid.")).to_have_count(0)


def test_a_letter_an_answer_and_a_suggestion_are_taken_back(couple):
    ann, sam = couple
    sam.goes(f"/talk/{sam.space}/questions")
    sam.page.get_by_label("Question", exact=True).fill("Shall we walk?")
    sam.presses("Ask this")
    ann.goes(f"/talk/{ann.space}/questions")
    ann.page.get_by_label("Your answer").fill("Rather not said.")
    ann.presses("Answer")
    sam.reads("Rather not said.")
    ann.presses("Take back")
    sam.does_not_read("Rather not said.")
    ann.goes(f"/talk/{ann.space}/parting")
    ann.page.get_by_label("To Sam").fill("A long goodbye.")
    ann.presses("Give the letter")
    sam.goes(f"/talk/{sam.space}/parting")
    sam.reads("A long goodbye.")
    expect(sam.page.get_by_role("button", name="Take back")).to_have_count(0)
    ann.presses("Take back")
    sam.does_not_read("A long goodbye.")
    sam.goes(f"/talk/{sam.space}/suggestions")
    sam.page.get_by_label("Your suggestion", exact=True).fill("Open a window.")
    sam.presses("May I suggest this?")
    ann.goes(f"/talk/{ann.space}/suggestions")
    ann.presses("Yes, tell me")
    ann.reads("Open a window.")
    sam.presses("Take back")
    ann.reads("Taken back.")
    ann.does_not_read("Open a window.")


@pytest.mark.parametrize(("choice", "words"), [(None, "kept"), ("It is deleted", "erased")])
def test_the_goodbye_asks_what_becomes_of_ones_words(passing, choice, words):
    ann, _ = passing
    ann.goes(f"/talk/{ann.space}/parting")
    ann.reads("It goes from all phones once they are online, for good. Reports keep their own copy.")
    expect(ann.page.get_by_label("It stays for both of you")).to_be_checked()
    if choice:
        ann.ticks(choice)
    ann.offline()
    ann.presses("End it")
    ann.presses("End it")
    ann.reads("Sam and you have ended.")
    assert f'"words":"{words}"' in ann.stored()
    ann.online()


@pytest.mark.parametrize(("choice", "said"), [(None, "erased"), ("It stays, without your name", "unnamed")])
def test_who_deletes_the_account_says_what_becomes_of_their_words(enters, beside, choice, said):
    ann = enters("ann").signs_in(beside.user()["handle"])
    ann.goes("/me/account")
    ann.reads("In any case we delete your name, handle, facts, requests, devices")
    expect(ann.page.get_by_label("It is deleted")).to_be_checked()
    if choice:
        ann.ticks(choice)
    ann.fills("Passphrase", "correct horse battery")
    ann.presses("Delete my account")
    ann.reads("This cannot be undone, not even by us.")
    with ann.page.expect_request("**/api/v1/account") as asked:
        ann.presses("Delete my account")
    assert json.loads(asked.value.post_data or "")["said"] == said
    ann.reads("Talk with somebody who has been through it.")


@pytest.mark.parametrize(
    ("words", "title", "says"),
    [
        ("erased", "Somebody", {"ann": "Your specialist has deleted", "sam": "The other person has deleted"}),
        ("unnamed", "Someone who has left", {}),
    ],
)
def test_the_other_is_told_in_one_line_who_has_taken_their_words_along(beside, enters, paired, words, title, says):
    """One leaves and erases what they said there, or deletes the account and leaves it without a name."""
    for name, other in (("ann", "sam"), ("sam", "ann")):
        pair = paired()
        leaves = pair[f"{other}s"]
        if words == "erased":
            assert leaves.do("pairing.end", pairing=pair["space"][5:], words="erased")["ok"]
        else:
            leaves.transport.send("DELETE", "account", json={"passphrase": PASSPHRASE, "said": words})
        person = enters(name).signs_in(pair[name]["handle"])
        person.goes(f"/talk/{pair['space']}")
        expect(person.heading(title)).to_be_visible()
        if says:
            person.reads(f"{says[name]} everything they wrote.")
        else:
            person.does_not_read("everything they wrote")
        if name == "sam" and not says:  # the words for a peer whose specialist is gone are others
            person.reads("Someone who has left and you have ended.")
