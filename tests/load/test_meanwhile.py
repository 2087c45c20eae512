"""What comes in between while something else takes its time: it must not be lost, and nothing must be left behind."""

import pytest

from schemas.errors import Unauthenticated
from server.jobs.batch_matching import BatchMatching
from server.store.accounts import AccountStore
from sync.clock import DAY
from tests.conftest import PASSPHRASE
from tests.lifecycle.matching_fixture import GRIEF, ok
from tests.lifecycle.sweeper import drift
from tests.sealed import stored


def test_a_specialist_who_comes_while_a_crowd_is_weighed_does_not_stop_it(matching, world):
    for number in range(6):
        ok(matching.peer(f"peer{number}").do("request.open", id="r1", topics=GRIEF, mode="first_who_can"))
    matching.specialist("sam", places=9)
    maker = world.parts.matchmaker
    batch, came = BatchMatching(world.parts.reader, maker.specialist_index, maker, lambda: world.time), []

    def comes(done, steps):
        """Let a worker that shows the operator who is there hear of somebody new."""
        if not came:
            came.append(matching.specialist("tom"))
            maker.specialist_index.pool()

    outcome = batch.run(seed=0, dry_run=False, progress=comes)
    assert came
    assert outcome.proposed == 6


def _drift(world):
    """Return what is wrong, but for the search of somebody whose account went with it halfway."""
    return [line for line in drift(world.mongo) if not line.startswith("search")]


@pytest.fixture
def forsaken(matching, world):
    """Return a specialist with an offer of somebody whose tablet asked for it while their account was being removed."""
    sam, ann = matching.specialist("sam", places=1), matching.peer("ann")
    world.parts.backend.order("person.leave", {"user": ann.user, "role": "peer"}, "ann goes")
    ok(matching.second(ann).do("request.open", id="r1", topics=GRIEF, languages={"en": 3}, mode="first_who_can"))
    world.parts.scheduler.run()
    AccountStore(world.mongo).remove(ann.user)
    matching.phones = [phone for phone in matching.phones if phone.user != ann.user]
    assert len(matching.offers(sam)) == 1
    return sam


def test_the_place_kept_for_somebody_who_is_gone_is_free_when_the_offer_expires(matching, world, forsaken):
    [offer] = matching.offers(forsaken)
    matching.settle(2 * DAY)
    assert matching.offer(forsaken, offer)["state"] == "expired"
    assert matching.practice(forsaken)["reserved"] == 0
    assert _drift(world) == []


def test_an_offer_of_somebody_who_is_gone_can_be_declined(matching, world, forsaken):
    [offer] = matching.offers(forsaken)
    ok(forsaken.do("offer.decline", id=offer))
    assert matching.practice(forsaken)["reserved"] == 0
    assert _drift(world) == []


@pytest.mark.parametrize("how", ["specialist.leave", "specialist.deactivate", "person.leave"])
def test_nobody_who_is_gone_keeps_a_specialist_from_going(matching, world, forsaken, how):
    if how == "person.leave":
        world.parts.backend.order(how, {"user": forsaken.user, "role": "specialist"}, "sam goes")
    elif how == "specialist.leave":
        ok(forsaken.do(how, until=world.time + DAY))
    else:
        ok(matching.olga.do(how, specialist="sam"))
    [kept] = world.mongo.records.find({"kind": "specialist"})
    assert kept["data"]["offers"] == {}
    assert matching.offers(forsaken) == []


def test_nothing_is_kept_of_a_specialist_whose_tablet_sent_something_while_their_account_was_removed(
    world, monkeypatch
):
    accounts, sent = world.parts.accounts, []
    accounts.create("sam", PASSPHRASE, "specialist")
    phone, tablet = (
        accounts.log_in({"handle": "sam", "passphrase": PASSPHRASE, "device": name}, "192.0.2.1")["access_token"]
        for name in ("phone", "tablet")
    )
    remove = AccountStore.remove

    def sends(people, user):
        """Let the tablet send what it has, if it still may, when everything has been said to go and is not gone yet."""
        try:
            of_tablet = world.phone(accounts.devices.caller(tablet))
            sent.append(of_tablet.do("fact.put", id="f1", topic="grief_loss", kind="lived", depth=3, tier="profile"))
        except Unauthenticated:
            sent.append(None)
        remove(people, user)

    monkeypatch.setattr(AccountStore, "remove", sends)
    accounts.remove(accounts.devices.caller(phone), PASSPHRASE)
    assert len(sent) == 1
    assert all(row["data"]["facts"] == {} for row in stored(world.mongo, {"kind": "specialist"}))
