"""The storage of a browser when it is full, refused, sealed or offline; pages of the back/forward cache; clocks."""

import pytest
from playwright.sync_api import Error

from tests.client.browser.web_app import Tab
from tests.conftest import PASSPHRASE
from tests.waiting import until

CANARY = "canary-that-nobody-may-find"
YEAR = 365 * 24 * 3_600_000  # ms
REFUSED = "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError'); } })"
REGISTER = "async () => void (await navigator.serviceWorker.register('worker.js'), await navigator.serviceWorker.ready)"
MISSED = """async ([key, value]) => {
  const opening = indexedDB.open("beside");
  await new Promise((done) => (opening.onsuccess = done));
  const transaction = opening.result.transaction(["records", "meta"], "readwrite");
  transaction.objectStore("records").put(new Map([[key, value]]), key);
  const meta = transaction.objectStore("meta");
  const revision = meta.get("revision");
  revision.onsuccess = () => meta.put(revision.result + 1, "revision");
  await new Promise((done) => (transaction.oncomplete = done));
  opening.result.close();
}"""

BEFORE_PACKS = """async (rows) => {
  const opening = indexedDB.open("beside", 1);
  opening.onupgradeneeded = () => {
    for (const table of ["records", "outbox", "refused", "state", "meta"]) opening.result.createObjectStore(table);
  };
  await new Promise((done) => (opening.onsuccess = done));
  const transaction = opening.result.transaction(["records", "outbox", "refused", "state"], "readwrite");
  for (const [table, key, value] of rows) transaction.objectStore(table).put(value, key);
  await new Promise((done) => (transaction.oncomplete = done));
  opening.result.close();
}"""


@pytest.fixture
def quota(context, origin):
    """Return a function that sets how many bytes the browser grants the app. It asks for them when a tab is opened."""
    page = context.new_page()
    page.goto(f"{origin}/elsewhere.html")
    session = context.new_cdp_session(page)
    return lambda size: session.send("Storage.overrideQuotaForOrigin", {"origin": origin, **size})


def test_a_full_disk_is_said_and_what_is_stored_stays(quota, open_tab, pair):
    quota({"quotaSize": 1_000_000})
    tab = open_tab(delivered=False).until_live()  # or the phone would write by itself
    tab.outcome(tab.send(pair.space, "before"))
    with pytest.raises(Error, match="storage_full: Nothing was stored"):
        tab.send(pair.space, "x" * 1_500_000)
    assert (tab.call("problems"), tab.call("waiting")) == (["storage_full"], 0)
    quota({})
    assert tab.outcome(tab.send(pair.space, "after"))["ok"]
    tab.until_shown(pair.space, ["before", "after"])
    assert tab.status["problem"] is None
    assert tab.load().texts(pair.space) == ["before", "after"]


def test_pages_that_do_not_fit_are_fetched_again_once_they_do(quota, open_tab, pair):
    for number in range(50):
        pair.write(f"{number} " + "x" * 3_900)
    quota({"quotaSize": 150_000})
    tab = open_tab()
    until(lambda: "storage_full" in tab.call("problems"))
    assert (tab.texts(pair.space), tab.rows()["state"].get("cursor")) == ([], None)
    quota({})
    tab.until_shown(pair.space, pair.sent())
    assert tab.status["problem"] is None


def test_a_browser_without_indexeddb_keeps_everything_in_memory_and_says_so(context, origin, server, pair):
    context.add_init_script(REFUSED)
    tab = Tab(context, origin, server.address)
    assert tab.status["problem"] == "storage_unavailable"
    tab.call("signIn", {"handle": pair.tokens["handle"], "passphrase": PASSPHRASE})
    tab.until_live()
    assert tab.outcome(tab.send(pair.space, "hello"))["ok"]
    tab.until_shown(pair.space, ["hello"])
    assert tab.load().call("who") is None


def test_without_a_network_a_reload_shows_everything(context, open_tab, pair):
    tab = open_tab().until_live()
    tab.page.evaluate(REGISTER)
    pair.write("from sam")
    tab.until_shown(pair.space, ["from sam"])
    context.set_offline(True)
    mutation = tab.send(pair.space, "written on a train")
    tab.load()
    assert tab.texts(pair.space) == ["from sam", "written on a train"]
    assert tab.call("waiting") in {1, 2}  # the message, and perhaps the receipt of sam's
    assert tab.call("who")["user"] == pair.tokens["user"]
    until(lambda: tab.status["state"] == "offline")
    context.set_offline(False)
    until(lambda: tab.call("waiting") == 0)
    assert (mutation, pair.sent()) != (None, ["from sam"])
    tab.until_shown(pair.space, pair.sent())


def test_a_page_that_is_gone_back_to_goes_on(open_tab, origin, pair):
    first, second = open_tab(), open_tab()
    first.until_live()
    second.until_live()
    for tab in (first, second):  # the tab that syncs, and then the other one, which has taken over
        tab.page.goto(f"{origin}/elsewhere.html")
        pair.write("meanwhile")
        tab.page.go_back()
        tab.ready().until_live()
        tab.until_shown(pair.space, pair.sent())
        assert tab.outcome(tab.send(pair.space, "and back"))["ok"]
        tab.until_shown(pair.space, pair.sent())


def test_a_page_from_the_cache_reads_what_it_has_missed(open_tab, pair):
    tab = open_tab().until_live()
    space = f"user:{pair.tokens['user']}"
    note = {"id": "n1", "kind": "note", "space": space, "seq": 1, "first_seq": 1, "data": {"title": "missed"}}
    tab.page.evaluate(MISSED, [f"{space} note n1", note])
    assert tab.call("notes") == []
    tab.page.evaluate("() => void dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    until(lambda: tab.call("notes") == ["missed"])


def test_a_database_with_a_row_for_each_record_is_filled_anew_and_its_outbox_is_sent(context, open_tab, origin, pair):
    pair.write("from sam")
    tab = open_tab().until_live()
    tab.until_shown(pair.space, ["from sam"])
    context.set_offline(True)
    tab.send(pair.space, "written on a train")
    found = tab.rows()
    tab.page.goto("about:blank")
    context.set_offline(False)
    rows = [[table, key, value] for table, stored in found.items() for key, value in stored.items()]
    tab.page.goto(f"{origin}/elsewhere.html")
    tab.page.evaluate("() => new Promise((done) => (indexedDB.deleteDatabase('beside').onsuccess = done))")
    tab.page.evaluate(BEFORE_PACKS, rows)
    tab.load().until_live()
    tab.until_shown(pair.space, ["from sam", "written on a train"])
    assert pair.sent() == ["from sam", "written on a train"]
    kept = [row for row in tab.rows()["records"].values() if row["kind"] == "message"]
    assert len(kept) == 2


@pytest.mark.parametrize("skew", [-20 * YEAR, 20 * YEAR], ids=["twenty years behind", "twenty years ahead"])
def test_a_clock_that_is_years_off_changes_nothing(open_tab, pair, skew):
    tab = open_tab(skew=skew).until_live()
    assert tab.outcome(tab.send(pair.space, "now"))["ok"]
    tab.call("skew", 0)
    assert tab.outcome(tab.send(pair.space, "later"))["ok"]
    tab.call("skew", -skew)
    assert tab.outcome(tab.send(pair.space, "last"))["ok"]
    tab.load().until_live()
    tab.until_shown(pair.space, ["now", "later", "last"])
    assert pair.sent() == ["now", "later", "last"]


class Sealed:
    """A tab of an app that seals. Its user has written a canary, which was not sent, and has signed out."""

    def __init__(self, context, origin, server):
        self.handle = server.user()["handle"]
        self.tab = Tab(context, origin, server.address, sealable=True)
        self.sign_in(self.handle)
        self.tab.until_live()
        self.tab.outcome(self.tab.do("note.put", id="n1", title=CANARY, body=""))
        context.set_offline(True)
        self.tab.do("note.put", id="n2", title=f"{CANARY} 2", body="")
        self.tab.call("signOut", {"sealed": True})
        context.set_offline(False)

    def sign_in(self, handle):
        self.tab.call("signIn", {"handle": handle, "passphrase": PASSPHRASE})


def test_what_is_sealed_cannot_be_read_and_comes_back_with_the_passphrase(context, origin, server):
    sealed = Sealed(context, origin, server)
    tab = sealed.tab
    assert (tab.call("who"), tab.call("notes"), tab.call("waiting")) == (None, [], 0)
    rows = tab.rows()
    assert CANARY not in str(rows)
    assert set(rows["state"]["sealed"]) == {"user", "wrapped", "salt", "rows"}
    assert not rows["state"].get("vault"), "the key is gone, too"
    sealed.sign_in(sealed.handle)
    assert tab.call("notes") == [CANARY, f"{CANARY} 2"]
    until(lambda: tab.call("waiting") == 0, "what had not been sent is sent")
    assert not tab.rows()["state"].get("sealed")


def test_what_is_sealed_is_erased_when_somebody_else_signs_in(context, origin, server):
    sealed = Sealed(context, origin, server)
    sealed.sign_in(server.user()["handle"])
    assert not sealed.tab.rows()["state"].get("sealed")
    assert sealed.tab.call("notes") == []


def test_an_app_that_does_not_seal_is_told_so_and_stays_signed_in(open_tab):
    tab = open_tab().until_live()
    with pytest.raises(Error, match="not_sealable: Nothing can be sealed"):
        tab.call("signOut", {"sealed": True})
    assert tab.call("who") is not None
