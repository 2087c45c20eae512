"""The Node process is killed between two SQL statements of a phone: nothing is lost, and nothing is done twice."""

from contextlib import suppress
from itertools import count

import pytest

from tests.client.remote import Driver, Killed, Remote
from tests.phone import Lost

pytestmark = pytest.mark.in_memory

KILLS = range(2, 40, 3)  # numbers of statements


class Unreliable:
    """A transport that loses every third answer, although the server has done the request."""

    def __init__(self, transport) -> None:
        self.transport, self.calls = transport, 0

    def call(self, verb, body):
        answer = self.transport.call(verb, body)
        self.calls += 1
        if self.calls % 3 == 0:
            raise Lost
        return answer


def test_a_process_that_is_killed_at_any_statement_loses_nothing_and_doubles_nothing(world, sam, ann, pair, tmp_path):
    written, numbers = [], count(1)
    transport, store = Unreliable(ann.transport), f"sqlite:{tmp_path / 'beside.db'}"

    def live(kill):
        """Open the app, write and sync until the process is killed; with 0, sync once and return replica and outbox."""
        driver = Driver()
        try:
            phone = Remote(driver, transport, ann.user, "phone", lambda: world.time, store=store, kill=kill)
            while kill:
                name = f"m{next(numbers)}"
                phone.does("message.send", space=pair, id=name, text=name, origin="person")
                written.append(name)
                sam.do("message.send", space=pair, id=f"s{name}", text="from sam", origin="person")
                sync(phone)
            sync(phone, transport=ann.transport)
            return phone.replica, phone.outbox
        finally:
            driver.end()

    for kill in KILLS:
        with pytest.raises(Killed):
            live(kill)
    replica, outbox = live(0)
    assert outbox == []
    ann.pull()
    while ann.older.get(pair):
        ann.scroll(pair)
    stored = {name: change for name, change in ann.replica.items() if name in replica}
    assert replica == stored
    mine = [change["id"] for change in ann.replica.values() if change["kind"] == "message" and change["id"][0] == "m"]
    assert set(written) <= set(mine), "what was stored when the app said so is there"
    assert len(written) > len(KILLS) / 3


def sync(phone, transport=None):
    phone.transport = transport or phone.transport
    with suppress(Lost):
        phone.sync()
