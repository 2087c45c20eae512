"""Phones of @beside/client on a real server: tokens that have expired, and live changes."""

from contextlib import suppress

import pytest

from schemas.agreement import AGREED
from tests.client.remote import Remote
from tests.conftest import Running
from tests.faults.proxy import Proxy
from tests.phone import Lost
from tests.transports import Http
from tests.waiting import until

LOSSES = {"none": 50, "lose the answer": 50}


def phone_of(driver, server: Running, tokens, address=None, **how) -> Remote:
    signed_in = {"accessToken": tokens["access_token"], "refreshToken": tokens["refresh_token"]}
    how["tokens"] = signed_in | how.pop("more", {})
    user, device = tokens["user"], tokens["device"]
    return Remote(driver, Http(server.address), user, device, how.pop("now"), address=address or server.address, **how)


@pytest.fixture
def lossy(server):
    proxy = Proxy(server.address, 1, LOSSES)
    yield proxy
    proxy.stop()


def test_tokens_that_have_expired_are_renewed_once_though_answers_are_lost(server, driver, online, lossy):
    ann = online()
    phone = phone_of(driver, server, server.device(ann.tokens), lossy.address, more={"expires": 0}, now=ann.now)
    phone.does("note.put", id="n1", title="waits")
    before = phone.account
    while phone.outbox:
        with suppress(Lost):
            phone.sync()
    after = phone.account
    assert lossy.counts["lose the answer"]
    assert after["refreshToken"] not in {None, before["refreshToken"]}  # access tokens of one second are the same
    assert after["refreshToken"] != before["refreshToken"]
    assert after["expires"] > ann.now()
    ann.pull()
    assert [note["data"]["title"] for note in ann.records("note")] == ["waits"]


def test_what_one_phone_does_is_shown_live_on_another(server, driver, online):
    sam, ann = online("specialist"), online()
    code = sam.do("pairing.invite", name="Sam")["changes"][0]["data"]["code"]
    options = {"automatic": True}
    phones = [
        phone_of(driver, server, server.device(whose.tokens), now=whose.now, options=options) for whose in (ann, sam)
    ]
    mine, theirs = phones
    until(lambda: all(phone.status()["state"] == "live" for phone in phones), "not both are live")
    mine.does("pairing.join", code=code, agreement=AGREED, name="Ann")
    until(lambda: len(mine.spaces()) == len(theirs.spaces()) == 1, "the space is not shown")
    [space] = mine.spaces()
    mine.does("message.send", space=space, id="m1", text="hello", origin="person")
    until(lambda: theirs.texts(space) == ["hello"], "the message has not come")
    theirs.does("message.send", space=space, id="m2", text="hello Ann", origin="person")
    until(lambda: mine.texts(space) == ["hello", "hello Ann"], "the answer has not come")
    until(lambda: not any(phone.status()["waiting"] for phone in phones), "something still waits")
    for phone in phones:
        phone.close()
