"""What an unsteady hand, a full disk, an unknown country and a second factor do to the app."""

import re
import time

import pyotp
import pytest
from playwright.sync_api import expect

from tests.conftest import PASSPHRASE

TWICE = "(form) => { form.requestSubmit(); form.requestSubmit(); }"
FULL = """() => {
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (stores, mode, ...rest) {
    if (mode === "readwrite") throw new DOMException("The disk is full.", "QuotaExceededError");
    return transaction.call(this, stores, mode, ...rest);
  };
}"""
NO_ROOM = """() => {
  Storage.prototype.setItem = () => { throw new DOMException("The storage is full.", "QuotaExceededError"); };
}"""
WATCHED = """
  window.seen = "";
  const see = () => (window.seen += document.body?.innerText ?? "");
  new MutationObserver(see).observe(document, { subtree: true, childList: true });
"""
STRANGE = "Object.defineProperty(Navigator.prototype, 'languages', { get: () => ['en_not a language'] })"
SPIED = """() => {
  PushManager.prototype.getSubscription = async () => ({ unsubscribe: async () => (window.ended = true) });
}"""


def test_a_double_tap_sends_once(couple):
    ann, _ = couple
    ann.page.get_by_label("Write to Sam").fill("Said once.")
    ann.page.locator("form.composer").evaluate(TWICE)
    ann.reads(re.compile("With us, safe."))
    expect(ann.message("Said once.")).to_have_count(1)
    expect(ann.page.get_by_label("Write to Sam")).to_have_value("")


def test_a_form_that_is_sent_twice_is_done_once(couple):
    ann, _ = couple
    ann.goes(f"/talk/{ann.space}/steps")
    ann.fills("What it is", "Walk to the river")
    ann.page.locator("form.form").first.evaluate(TWICE)
    expect(ann.page.get_by_text("Walk to the river").locator("visible=true")).to_have_count(1)
    ann.settles()
    expect(ann.page.get_by_text("Walk to the river").locator("visible=true")).to_have_count(1)


def test_a_call_for_help_that_cannot_be_stored_is_sent_all_the_same_and_hides_nothing(beside, enters, paired):
    user = paired()["ann"]
    ann = enters("ann").signs_in(user["handle"])
    ann.goes("/sos")
    ann.reads("Samaritans")
    ann.offline()
    ann.reads(re.compile("^You are offline"))
    ann.page.evaluate(FULL)
    ann.presses("Call for somebody now")
    ann.reads("Your call is being sent. Please keep this page open.")
    ann.reads("This phone cannot store anything more.")
    ann.reads(re.compile("^You are offline"))
    ann.reads("Samaritans")
    assert beside.mongo.records.count_documents({"kind": "sos", "space": f"user:{user['user']}"}) == 0
    ann.online()
    ann.reads("It is with us. We ring somebody now.")
    assert beside.mongo.records.count_documents({"kind": "sos", "space": f"user:{user['user']}"}) == 1


def test_without_a_known_country_no_number_is_shown_before_it_is_chosen(enters):
    eve = enters("eve")
    eve.page.add_init_script(STRANGE)
    eve.opens("/lines")
    eve.reads("112 works in most countries from a mobile phone. Please choose your country.")
    expect(eve.page.locator(".phone")).to_have_count(0)
    eve.page.get_by_label("Country").select_option("GB")
    eve.reads("Samaritans")
    eve.does_not_read("112 works in most countries")


def test_a_forged_list_takes_no_numbers_away(enters):
    eve = enters("eve")
    eve.opens("/lines")
    eve.reads("Samaritans")
    forged = {"bundle": '{"emergency": ["0900"], "lines": []}', "signature": "AAAA"}
    eve.page.route("**/api/v1/lines/*", lambda route: route.fulfill(json=forged))
    eve.page.add_init_script(WATCHED)
    eve.reloads()
    eve.settles()
    eve.reads("Samaritans")
    assert eve.page.evaluate("window.seen.includes('0900')") is False
    eve.page.unroute_all()
    eve.page.route("**/api/v1/lines/*", lambda route: route.abort())
    eve.reloads()
    eve.settles()
    eve.reads("Samaritans")
    assert eve.page.evaluate("window.seen.includes('0900')") is False


@pytest.mark.parametrize("signature", ["!", "AAAA"], ids=["none", "wrong"])
def test_numbers_whose_signature_is_not_right_are_not_shown(enters, signature):
    forged = {"bundle": '{"emergency": ["0900"], "lines": []}', "signature": signature}
    eve = enters("eve")
    eve.page.add_init_script(WATCHED)
    eve.page.route("**/api/v1/lines/*", lambda route: route.fulfill(json=forged))
    eve.opens("/lines")
    eve.reads(re.compile("^This list was changed on its way"))
    expect(eve.page.locator(".phone")).to_have_count(0)
    assert eve.page.evaluate("window.seen.includes('0900')") is False, "not for a moment"


def test_a_text_is_kept_while_the_page_is_open_though_the_storage_is_full(couple):
    ann, _ = couple
    ann.page.evaluate(NO_ROOM)
    ann.page.get_by_label("Write to Sam").fill("Not sent yet.")
    ann.goes("/talks")
    ann.reads(re.compile("^Sam"))
    ann.goes(f"/talk/{ann.space}")
    expect(ann.page.get_by_label("Write to Sam")).to_have_value("Not sent yet.")


def test_a_report_that_was_begun_takes_the_message_that_it_is_opened_for(couple):
    ann, sam = couple
    sam.writes("Ann", "The first word.")
    message = ann.sees("The first word.").get_attribute("id").removeprefix("m-")
    ann.goes(f"/talk/{ann.space}/report")
    ann.fills("In your words", "He asked for money.")
    ann.reads("They will read 0 messages and your words.")
    ann.goes("/talks")
    ann.goes(f"/talk/{ann.space}/report/{message}")
    ann.reads("They will read 1 message and your words.")
    expect(ann.page.get_by_label("In your words")).to_have_value("He asked for money.")


def test_who_has_an_authenticator_app_is_asked_for_its_code(beside, enters, phone):
    user = beside.user()
    http = phone(user).transport
    secret = http.call("totp", {"passphrase": PASSPHRASE})
    app = pyotp.parse_uri(secret["uri"])
    http.call("totp/confirm", {"code": app.at(time.time(), counter_offset=-1)})
    ann = enters("ann").opens("/sign-in")
    ann.fills("Your name here", user["handle"])
    ann.fills("Passphrase", PASSPHRASE)
    ann.presses("Come in")
    ann.fills("Code of your authenticator app", app.at(time.time()))
    ann.presses("Come in")
    expect(ann.heading("Conversations")).to_be_visible()
    ann.goes("/me/codes")
    ann.fills("Passphrase", PASSPHRASE)
    ann.presses("Make ten codes")
    ann.fills("Code of your authenticator app", app.at(time.time(), counter_offset=1))
    ann.presses("Make ten codes")
    ann.reads("They are shown once.")


def test_who_signs_out_without_a_network_is_not_rung_here_any_more_and_still_finds_numbers_to_call(enters, paired):
    ann = enters("ann", permissions=["notifications"]).signs_in(paired()["ann"]["handle"])
    ann.page.locator("html[data-kept]").wait_for(state="attached")
    ann.is_pushed({"what": "new", "badge": 1, "collapse": "new"})
    ann.page.evaluate(SPIED)
    ann.offline()
    ann.goes("/me/account")
    ann.presses("Sign out here")
    ann.presses("Sign out here")
    ann.reads("Talk with somebody who has been through it.")
    assert ann.page.evaluate("window.ended") is True
    assert ann.notifications() == {}
    ann.goes("/lines")
    ann.reads("Samaritans")


def test_a_phone_rings_only_if_that_was_wished_and_only_until_it_is_not(enters, paired):
    ann = enters("ann", permissions=["notifications"]).signs_in(paired()["ann"]["handle"])
    ann.page.locator("html[data-kept]").wait_for(state="attached")
    ann.reloads()
    ann.settles()
    assert not ann.page.evaluate("caches.has('texts')")
    ann.goes("/me/settings")
    ann.presses("Ring this phone")
    ann.waits_for("caches.has('texts')")
    ann.goes("/me")
    ann.page.evaluate("caches.delete('texts')")
    ann.reloads()
    ann.waits_for("caches.has('texts')")  # it is registered anew at each start
    ann.page.evaluate("caches.delete('texts')")
    ann.page.evaluate(SPIED)
    ann.goes("/me/settings")
    ann.presses("Do not ring any more")
    ann.reads("Ring this phone")
    assert ann.page.evaluate("window.ended") is True
    ann.reloads()
    ann.settles()
    assert not ann.page.evaluate("caches.has('texts')")


def test_nothing_is_squeezed_on_a_wide_low_screen(enters, paired):
    pair = paired()
    ann = enters("ann", viewport={"width": 1440, "height": 420}).signs_in(pair["ann"]["handle"])
    for place in ("", "/about"):
        ann.goes(f"/talk/{pair['space']}{place}")
        ann.reads("What we agreed")
        lists = ann.page.locator(".ways").locator("visible=true")
        assert lists.count() > 0
        assert lists.evaluate_all("(all) => all.every((one) => one.clientHeight >= one.scrollHeight)")
