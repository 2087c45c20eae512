"""The app as a page: hostile texts, the keyboard alone, how much is fetched, updates, and the offline reload."""

import json
import re
import time

import pytest
from playwright.sync_api import expect

from tests.webapp.hostile import TEXTS
from tests.webapp.people import SHOWN

MOST_BYTES = 120_000  # of a first visit, until the app is shown
PUBLIC_TEXT = "<img src=x onerror=window.taken=1>"


def transferred(person, place):
    """Open the app and return the bytes that it fetches, also when it is idle, and the seconds until it is shown."""
    session = person.context.new_cdp_session(person.page)
    session.send("Network.enable")
    sizes = []
    session.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
    begun = time.monotonic()
    person.opens(place)
    took = time.monotonic() - begun
    person.page.locator("html[data-kept]").wait_for(state="attached")
    return sum(sizes), took


def test_a_first_visit_is_small_a_second_one_is_smaller_and_no_other_host_is_asked(enters, beside, capsys):
    ann = enters("ann")
    size, took = transferred(ann, "/")
    again, took_again = transferred(ann, "/")
    with capsys.disabled():
        print(f"\nfirst visit {size:,} B, {took:.2f} s; again {again:,} B, {took_again:.2f} s")
    assert size < MOST_BYTES
    assert again < size / 4
    assert took < 30
    assert took_again < 30
    assert {re.match(r"(\w+://[^/]+)", url)[1].replace("ws:", "http:") for url in ann.asked} == {beside.address}


def test_the_app_opens_without_a_network_and_shows_what_was_written(couple):
    ann, _ = couple
    ann.writes("Sam", "Kept on the phone.")
    ann.reads(re.compile("With us, safe."))
    ann.offline()
    ann.reloads()
    ann.sees("Kept on the phone.")
    for place, words in (
        ("/me/plan", "Written on a better day"),
        ("/find", "What it is about"),
        ("/lines", "Emergency"),
    ):
        ann.goes(place)
        ann.reads(words)


def test_a_newer_version_waits_for_the_person_and_loses_nothing(couple, files):
    ann, sam = couple
    ann.page.locator("html[data-kept]").wait_for(state="attached")
    words = files / "words" / "en.json"
    said = json.loads(words.read_text())
    words.write_text(json.dumps({**said, "place.me": "Mine"}))
    ann.page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
    ann.reads("A newer version of the app is here.")
    ann.offline()
    ann.writes("Sam", "Written before the update.")
    ann.sees("Written before the update.")
    ann.page.get_by_label("Write to Sam").fill("Half a sentence")
    ann.reads("What waits to be sent stays.")
    ann.presses("Use it now")
    ann.ready()
    expect(ann.page.get_by_label("Write to Sam")).to_have_value("Half a sentence")
    expect(ann.sees("Written before the update.")).to_contain_text("Here on your phone.")
    ann.goes("/me")
    expect(ann.page.get_by_role("link", name="Mine")).to_be_visible()
    ann.online()
    sam.sees("Written before the update.")
    ann.goes(f"/talk/{ann.space}")
    ann.page.get_by_label("Write to Sam").fill("")
    words.write_text(json.dumps(said))


def test_a_push_shows_a_sentence_in_the_language_of_the_app_and_nothing_else(enters, paired):
    pair = paired()
    ann = enters("ann", permissions=["notifications"], locale="de-DE").opens("/sign-in")
    ann.fills("Dein Name hier", pair["ann"]["handle"])
    ann.fills("Satz zum Anmelden", "correct horse battery")
    ann.presses("Hereinkommen")
    ann.page.locator("html[data-kept]").wait_for(state="attached")
    ann.goes("/me/settings")
    ann.presses("Dieses Gerät klingeln lassen")
    ann.waits_for("caches.match('push.json').then(Boolean)")
    assert ann.is_pushed({"what": "new", "badge": 1, "collapse": "new"}) == "Du hast etwas Neues."
    assert ann.is_pushed({"what": "urgent", "badge": 2, "collapse": "urgent"}) == "Bitte öffne Beside jetzt."
    pair["sams"].do("message.send", space=pair["space"], id="rings", text="Hallo.", origin="person")
    ann.goes(f"/talk/{pair['space']}")
    ann.sees("Hallo.")
    ann.waits_for(f"{SHOWN}.then((all) => all.length === 0)")


def test_the_keyboard_alone_does_everything(enters, paired):
    pair = paired()
    ann = enters("ann").opens("/")
    ann.tabs_to("I have been here before")
    ann.page.keyboard.press("Enter")
    expect(ann.heading("Good that you are here")).to_be_focused()
    ann.tabs_to("Your name here")
    ann.page.keyboard.type(pair["ann"]["handle"])
    ann.page.keyboard.press("Tab")
    ann.page.keyboard.type("correct horse battery")
    ann.page.keyboard.press("Enter")
    expect(ann.heading("Conversations")).to_be_visible()
    ann.page.get_by_role("link", name=re.compile("^Sam")).locator("visible=true").first.wait_for()
    ann.tabs_to("Sam")
    ann.page.keyboard.press("Enter")
    ann.tabs_to("Write to Sam")
    ann.page.keyboard.type("By keyboard.")
    ann.page.keyboard.press("Control+Enter")
    ann.sees("By keyboard.")
    ann.tabs_to("By keyboard.", back=True)
    ann.page.keyboard.press("Enter")
    ann.tabs_to("Delete")
    ann.page.keyboard.press("Enter")
    ann.reads("Sam may have read it already.")
    ann.tabs_to("Delete")
    ann.page.keyboard.press("Enter")
    expect(ann.message("By keyboard.")).to_have_count(0)
    ann.tabs_to("SOS", back=True)
    ann.page.keyboard.press("Enter")
    ann.reads("We ring three people, one after the other.")


def everywhere(pair, text):
    """Put a text into every field that somebody else, or the person on another phone, is shown."""
    ann, sam, space = pair["anns"], pair["sams"], pair["space"]
    short, line = text[:500], re.sub(r"[\u202a-\u202e]", "", text)[:80]
    for phone in (ann, sam):
        phone.does("message.send", space=space, id="m-first", text=text, origin="person") if phone is ann else None
        phone.does("promise.make", space=space, id=f"p-{phone is ann}", by="2026-12-24T18:00", zone="UTC", words=line)
        phone.does("question.ask", space=space, id=f"q-{phone is ann}", text=short)
        phone.does("disclosure.invite", space=space, id=f"d-{phone is ann}", theme=line, hours=9)
        phone.does("suggestion.ask", space=space, id=f"s-{phone is ann}", text=short, about=line)
        phone.does("step.propose", space=space, id=f"t-{phone is ann}", text=short)
        phone.does("strength.notice", space=space, id=f"g-{phone is ann}", text=short)
        phone.does("letter.write", space=space, text=text)
        phone.does("profile.edit", name=line, about=short, pronouns=line[:40])
    ann.does("repair.invite", space=space, id="r", words=short)
    ann.does("plan.edit", notice=short, soothe=short, go_to=short, call=short, keep_away=short, worth=short)
    ann.does("story.edit", text=text)
    ann.does("story.share", space=space)
    sam.does("practice.edit", name=line, about=short)
    sam.does("debrief.ask", space=space, id="b", words=short)
    ann.does("sos.raise", id="sos", words=short)
    for number, one in enumerate(TEXTS):
        ann.does("message.send", space=space, id=f"m-{number}", text=one, origin="person")
    for phone in (ann, sam):
        refused = [one for one in phone.sync() if not one["ok"]]
        assert not refused, refused


PLACES = (
    "agreement", "promises", "together", "questions", "path", "steps", "suggestions", "hour", "checkin", "search",
    "about", "parting", "block", "report",
)  # fmt: skip


def test_200_hostile_texts_are_shown_as_texts_in_every_field(enters, paired):
    assert len(TEXTS) == 200
    pair = paired()
    everywhere(pair, "".join(TEXTS)[:10_000])
    for name, places in (("ann", ("/me/plan", "/me/story", "/me/profile", "/sos")), ("sam", ("/calls", "/practice"))):
        person = enters(name).signs_in(pair[name]["handle"])
        person.goes(f"/talk/{pair['space']}")
        person.sees(TEXTS[-1][:30])
        while person.page.get_by_role("button", name="Show earlier words").count():
            before = len(person.texts())
            person.presses("Show earlier words")
            expect(person.page.locator("article.message")).not_to_have_count(before)
        shown = "\n".join(person.page.locator("article.message .bubble").all_text_contents())
        assert all(text in shown for text in TEXTS)
        for place in (*(f"/talk/{pair['space']}/{place}" for place in PLACES), *places):
            person.goes(place)
            person.page.wait_for_load_state()
            expect(person.page.locator("h1")).to_be_visible()
            assert person.page.locator("#app").locator("script, iframe, img, style, base, object, marquee").count() == 0
        assert person.page.evaluate("window.taken") is None


def test_an_address_cannot_do_anything(enters):
    ann = enters("ann").opens(f"/talk/{PUBLIC_TEXT}/{PUBLIC_TEXT}")
    assert ann.page.locator("img").count() == 0
    ann.page.goto(f"{ann.address}/app/?phone={PUBLIC_TEXT}#/sign-in")
    ann.ready()
    assert ann.page.evaluate("window.taken") is None


@pytest.mark.parametrize("path", ["nothing.js", "vendor/fetch.sh"])
def test_what_is_not_of_the_app_is_not_found(enters, path):
    answer = enters("ann").context.request.get(f"{enters('eve').address}/app/{path}")
    assert answer.status == 404
