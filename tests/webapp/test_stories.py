"""Stories of two people with the web app: what they do, what they read, and what is on which phone."""

import re

from playwright.sync_api import expect

from tests.waiting import until


def test_two_people_meet_by_a_code_sign_and_talk(beside, enters):
    sam = enters("sam").signs_in(beside.user("specialist")["handle"])
    sam.goes("/invite")
    sam.fills("What they may call you", "Sam")
    sam.presses("Make a code")
    code = sam.page.locator(".code").inner_text()

    ann = enters("ann").signs_up("ann")
    ann.presses("Use a code")
    ann.fills("Code", code.lower())
    ann.fills("What they may call you", "Ann")
    ann.presses("Join")
    ann.reads("Before the first word both of you read and sign what you agree on.")
    ann.presses("Read what you agree on")
    ann.reads("What cannot stay between us")
    ann.presses("I agree")
    ann.writes("Sam", "Hello, Sam.")
    ann.reads(re.compile("With us, safe. Not on Sam.s phone yet."))

    sam.goes("/talks")
    sam.reads("1 new")
    sam.follows("Ann")
    sam.sees("Hello, Sam.").get_by_role("button").click()
    sam.presses("Heard")
    sam.writes("Ann", "I am glad that you are here.")
    ann.sees("I am glad that you are here.")
    expect(ann.message("Hello, Sam.")).to_contain_text("Heard")
    assert ann.page.title() == "Beside"


def test_a_peer_finds_somebody_in_plain_steps_and_the_specialist_says_yes(beside, enters, phone):
    user = beside.user("specialist")
    sams = phone(user)
    assert sams.do("profile.edit", languages={"en": 3})["ok"]
    assert sams.do("fact.put", id="f1", topic="loneliness", kind="lived", depth=2, tier="profile")["ok"]
    sam = enters("sam").signs_in(user["handle"])
    sam.goes("/practice")
    sam.fills("What they may call you", "Sam")
    sam.fills("For how many people at once", "2")
    sam.ticks("We need no hours in common")
    sam.presses("Save")
    expect(sam.page.get_by_role("button", name="Save", exact=True)).to_be_disabled()

    ann = enters("ann").signs_up("ann-who-looks")
    ann.ticks("Loneliness")
    ann.presses("Go on")
    ann.reads("How you want to find somebody")
    ann.reloads()  # whoever stops here finds everything as it was
    ann.reads("How you want to find somebody")
    for question in ("When", "Everything here may stay open.", "Look it over."):
        ann.presses("Go on")
        ann.reads(question)
    ann.presses("Look for somebody")
    ann.presses("Look at Sam")
    ann.reads("You both know what loneliness is like.")
    ann.presses("Ask Sam")
    ann.reads("We have asked.")

    sam.goes("/offers")
    sam.reads("You both know what loneliness is like.")
    sam.presses("Yes, I am there")
    ann.goes("/talks")
    ann.reads("The agreement waits to be read.")


def test_on_a_train_both_write_and_edit_and_nothing_is_lost_or_doubled(couple):
    ann, sam = couple
    ann.writes("Sam", "Before the tunnel.")
    sam.sees("Before the tunnel.")
    ann.offline()
    sam.offline()
    ann.writes("Sam", "In the tunnel.")
    expect(ann.message("In the tunnel.")).to_contain_text("Here on your phone. It goes when you are back.")
    ann.writes("Sam", "Still there.")
    ann.reads("You are offline. 2 things wait here and go by themselves.")
    ann.changes("Before the tunnel.", "Before the long tunnel.")
    ann.reads("You are offline. 3 things wait here and go by themselves.")
    sam.writes("Ann", "I am on a train.")
    ann.reloads()  # and the battery dies
    ann.sees("Still there.")
    sam.online()
    ann.online()
    ann.reads("Everything is where it belongs.")
    for person in couple:
        for text in ("Before the long tunnel.", "In the tunnel.", "Still there.", "I am on a train."):
            person.sees(text)
            expect(person.message(text)).to_have_count(1)
    ann.reads(re.compile("With us, safe. Not on Sam.s phone yet."))
    assert ann.texts() == sam.texts()


def test_that_something_was_read_in_the_tunnel_is_nothing_that_the_person_waits_for(couple):
    ann, sam = couple
    ann.goes("/talks")
    sam.writes("Ann", "Are you on the train?")
    ann.reads("1 new")
    ann.offline()
    ann.follows("Sam")
    ann.sees("Are you on the train?")
    until(lambda: "position.read" in ann.stored(), "nothing waits that says so")
    ann.reads("You are offline. You can read and write; it goes by itself later.")
    ann.goes("/me/not-sent")
    ann.reads("Everything went. What cannot be sent would be kept here for you.")


def test_what_is_typed_stays_through_a_reload_and_a_reply_knows_what_it_answers(couple):
    ann, sam = couple
    sam.writes("Ann", "How was the night?")
    ann.sees("How was the night?").get_by_role("button").click()
    ann.presses("Answer this")
    ann.page.get_by_label("Write to Sam").fill("Long, but")
    ann.reloads()
    expect(ann.page.get_by_label("Write to Sam")).to_have_value("Long, but")
    expect(ann.page.locator(".composer .quote")).to_contain_text("How was the night?")
    ann.page.get_by_label("Write to Sam").press_sequentially(" over.")
    ann.page.keyboard.press("Control+Enter")
    expect(sam.sees("Long, but over.").locator(".quote")).to_have_text("How was the night?")
    ann.message("Long, but over.").get_by_role("button").click()
    ann.presses("Delete")
    ann.reads("Sam may have read it already.")
    ann.presses("Delete")
    expect(sam.message("Long, but over.")).to_have_count(0)


def test_new_words_stand_below_a_line_and_older_ones_are_found(couple):
    ann, sam = couple
    sam.writes("Ann", "The first word.")
    ann.sees("The first word.")
    ann.goes("/talks")
    ann.reads("The first word.")
    sam.writes("Ann", "A word about the garden.")
    ann.reads("1 new")
    ann.follows("Sam")
    line = ann.reads("New since you were here")
    assert line.evaluate("line => line.nextElementSibling.textContent").startswith("A word about the garden.")
    ann.goes(f"/talk/{ann.space}/search")
    ann.page.get_by_label("What you and Sam wrote").fill("GARDEN")
    ann.reads("1 found")
    ann.page.get_by_role("link", name=re.compile("garden")).click()
    ann.sees("A word about the garden.")
    sam.writes("Ann", "Let us meet at the Café Österreich.")
    ann.sees("Let us meet at the Café Österreich.")
    ann.goes(f"/talk/{ann.space}/search")
    ann.page.get_by_label("What you and Sam wrote").fill("cafe o")
    expect(ann.page.locator("mark")).to_have_text("Café Ö")
    sam.writes("Ann", "ΟΔΥΣΣΕΥΣ, 1½ km")
    for wanted, marked in (("οδυσσευς", "ΟΔΥΣΣΕΥΣ"), ("1½", "1½")):
        ann.page.get_by_label("What you and Sam wrote").fill(wanted)
        expect(ann.page.locator("mark")).to_have_text(marked)


def test_sos_says_what_is_true_offline_and_online(couple):
    ann, _ = couple
    ann.presses("SOS")
    ann.reads("We ring three people, one after the other.")
    ann.reads("Emergency")
    ann.offline()
    ann.page.get_by_label("Some words, if you want").fill("Please come.")
    ann.presses("Call for somebody now")
    ann.reads("This has not been delivered yet.")
    ann.reads("Samaritans")  # the lines are there without a network
    ann.online()
    ann.reads("It is with us.")
    ann.does_not_read("This has not been delivered yet.")
    ann.presses("It is over for now")
    ann.presses("It is over for now")
    ann.reads("Call for somebody now")


def test_a_block_ends_it_at_once_and_the_other_is_not_told_why(passing):
    ann, sam = passing
    ann.writes("Sam", "Goodbye.")
    sam.sees("Goodbye.")
    ann.goes(f"/talk/{ann.space}/report")
    ann.ticks("Pressure")
    ann.page.get_by_label("In your words").fill("Asked for money.")
    ann.ticks("Block as well")
    ann.presses("Send the report")
    ann.reads("There is nobody here yet.")
    ann.goes(f"/talk/{ann.space}/steps")
    ann.reads("This conversation is not on this phone.")
    sam.reads("Ann and you have ended. What you wrote stays here for you.")
    sam.does_not_read("block")


def test_a_question_a_promise_and_a_card_are_done_together(couple):
    ann, sam = couple
    sam.goes(f"/talk/{sam.space}/questions")
    sam.page.get_by_label("Question", exact=True).fill("What helps at night?")
    sam.presses("Ask this")
    ann.presses("Sam asks you")
    ann.page.get_by_label("Your answer").fill("The radio.")
    ann.presses("Answer")
    sam.reads("The radio.")

    sam.goes(f"/talk/{sam.space}/promises")
    sam.presses("Promise it")
    ann.goes(f"/talk/{ann.space}")
    ann.reads(re.compile("Sam promised something, in"))

    ann.goes(f"/talk/{ann.space}/together")
    ann.fills("What it is about", "Sundays")
    ann.presses("Invite")
    ann.page.get_by_label("Your card").fill("I am afraid of them.")
    ann.presses("Seal it")
    ann.reads("Your card is sealed. Sam still has time.")
    sam.goes(f"/talk/{sam.space}/together")
    sam.reads("Ann has sealed a card. There is no hurry.")
    sam.does_not_read("I am afraid of them.")
    sam.page.get_by_label("Your card").fill("So am I.")
    sam.presses("Seal it")
    for person in couple:
        person.reads("I am afraid of them.")
        person.reads("So am I.")


def test_what_is_refused_for_good_is_kept(passing):
    ann, sam = passing
    ann.offline()
    ann.writes("Sam", "One more word.")
    ann.sees("One more word.")
    sam.goes(f"/talk/{sam.space}/parting")
    sam.presses("End it")
    sam.presses("End it")
    sam.reads("Ann and you have ended.")
    ann.online()
    ann.reads("You two have ended, so this did not go.")
    ann.presses("Your words are kept in Not sent.")
    ann.reads("One more word.")
    ann.presses("Put away")
    ann.reads("Everything went.")


def test_signing_out_leaves_nothing_on_the_phone(passing):
    ann, _ = passing
    ann.writes("Sam", "A secret.")
    ann.reads("With us, safe.")
    ann.page.get_by_label("Write to Sam").fill("Half a secret")
    ann.goes("/me/account")
    ann.presses("Sign out here")
    ann.presses("Sign out here")
    ann.reads("Talk with somebody who has been through it.")
    left = ann.page.evaluate("JSON.stringify(localStorage)")
    assert "secret" not in left
    assert ann.stored().count("secret") == 0


def test_the_ten_codes_bring_somebody_back_who_then_deletes_everything(beside, enters):
    ann = enters("ann").signs_up("ann-with-codes")
    ann.goes("/me/codes")
    ann.fills("Passphrase", "correct horse battery")
    ann.presses("Make ten codes")
    code = ann.page.locator(".codes li").first.inner_text()
    again = enters("ann").opens("/lost")
    again.fills("Your name here", "ann-with-codes")
    again.fills("One of your ten codes", code)
    again.fills("A new passphrase", "a better horse battery")
    again.presses("Come back in")
    again.reads("You have 9 codes left.")
    again.goes("/me/devices")
    again.reads("This is the one in front of you.")
    assert len(again.page.get_by_text("browser").all()) <= 2  # the code made a device of its own, which is gone
    again.goes("/me/account")
    again.fills("Passphrase", "a better horse battery")
    again.presses("Delete my account")
    again.reads("This cannot be undone, not even by us.")
    again.presses("Delete my account")
    again.reads("Talk with somebody who has been through it.")
