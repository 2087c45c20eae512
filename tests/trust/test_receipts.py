"""Receipts: what somebody is shown of how far the other has received and read, when, and what they are never shown."""

import json
import re

import pytest
from pymongo.errors import NetworkTimeout

from schemas.table import TABLES, VERSION
from sync.clock import HOUR, MINUTE
from tests.trust.moments import at
from tests.trust.scene import RX, WM, asking, pushed, reachable, rows, send

NOW = re.compile(r'"(server_time|lwt)":\d+')  # the time of an answer, whatever is in it
NIGHT = [[1320, 420]]  # 22:00 to 07:00
MIDNIGHT = at("2026-11-24T23:00:00Z")  # in Berlin
MORNING = at("2026-11-25T06:00:00Z")  # 07:00 in Berlin


@pytest.fixture
def last(sam, ann, pair):
    """Return the first_seq of the last message that sam has written to ann."""
    for number in range(3):
        assert send(sam, pair, f"m{number}", "hello")["ok"]
    ann.sync()
    return ann.records("message", pair)[-1]["first_seq"]


def agreed(sam, ann, space, name, **terms):
    proposed = sam.do("agreement.propose", space=space, id=name, terms=terms)["changes"]
    [sha256] = [one["data"]["sha256"] for one in proposed if (one["kind"], one["id"]) == ("agreement", name)]
    assert ann.do("agreement.sign", space=space, sha256=sha256)["ok"]


def shown(phone, space):
    """Return what somebody is shown of how far the other has come."""
    phone.sync()
    found = [one for one in phone.records("receipt", space) if one["id"] != phone.spaces()[space]]
    return found[0]["data"] if found else {}


def due(world, space):
    """Return the times at which the positions of a space are due."""
    return [one["due"] for one in world.mongo.records.find({"kind": "position", "data.where": space}) if "due" in one]


def run(world, ms=2 * MINUTE):
    """Let time pass, and everything that is due meanwhile be done."""
    end = world.time + ms
    while nexts := [one["due"] for one in world.mongo.records.find({"due": {"$lte": end}})]:
        world.time = max(world.time, min(nexts))
        world.end_leases()
        assert world.parts.scheduler.run()
    world.time = end


def everything(world, phone, space):
    """Return all that somebody can fetch, by every way, as a phone, an app and a reader of history."""
    fresh = world.phone(phone.transport.caller, "fresh")
    fresh.sync()
    ask = asking(world, phone)
    apps = {kind: rows(ask, kind)["documents"] for kind in TABLES}
    melon = json.loads(ask(WM))["changes"]
    paths = [f"{RX}/{kind}/{VERSION - 1}/pull?lwt=0&id=&limit=100" for kind in ("message", "receipt")]
    paths += [f"/api/v1/spaces/{space}/{what}" for what in ("history?before=999", "path")]
    texts = [NOW.sub("", ask(path)) for path in (*paths, "/api/v1/spaces")]
    return [fresh.replica, fresh.positions, melon, apps, *texts]


def overheard(world, space):
    """Return a list of all changes of a space that are shown live from now on."""
    frames, after = [], world.parts.group_commit._after

    def follow(stored):
        frames.extend(record.change() for records, _ in stored for record in records if record.space == space)
        after(stored)

    world.parts.group_commit._after = follow
    return frames


# Who is shown what, and when


@pytest.mark.parametrize("receipts", [False, True])
@pytest.mark.parametrize("name", ["position.delivered", "position.read"])
def test_nothing_of_a_position_reaches_the_other_by_any_way_before_its_time(
    world, sam, ann, pair, last, name, receipts
):
    agreed(sam, ann, pair, "a2", receipts=receipts)
    reachable(world, sam), pushed(world, sam)
    before, frames = everything(world, sam, pair), overheard(world, pair)
    outcome = ann.do(name, space=pair, seq=last)
    assert [one["space"] for one in outcome["changes"]] == [f"user:{ann.user}"]
    assert everything(world, ann, pair)[0] != before[0], (
        "need something that ann is shown for this test to mean anything"
    )
    for moment in (world.time, min(due(world, pair)) - 1):
        world.time = moment
        world.parts.scheduler.run()
        assert (frames, pushed(world, sam)) == ([], [])
        assert everything(world, sam, pair) == before
    run(world)
    after = {"delivered": last} | ({"read": last} if receipts and name == "position.read" else {})
    assert shown(sam, pair) == after
    assert {tuple(frame) for frame in frames} == {("id", "kind", "space", "seq", "first_seq", "author", "data")}
    assert pushed(world, sam) == []
    [row] = everything(world, sam, pair)[2]["receipt"]["updated"]
    assert (row["delivered"], row["read"]) == (last, after.get("read", 0))


def test_reading_is_not_shown_unless_both_have_signed_that_it_is(world, sam, ann, pair, last):
    assert sam.do("agreement.propose", space=pair, id="a2", terms={"receipts": True})["ok"]
    assert ann.do("position.read", space=pair, seq=last - 1)["ok"]
    agreed(sam, ann, pair, "a3", receipts=True)
    run(world)
    assert shown(sam, pair) == {"delivered": last - 1}, "it was read before that was agreed"
    assert ann.do("position.read", space=pair, seq=last)["ok"]
    run(world)
    assert shown(sam, pair) == {"delivered": last, "read": last}


@pytest.mark.parametrize("ending", ["replaced", "withdrawn", "rematch", "block", "end"])
def test_what_was_shown_as_read_disappears_with_the_agreement(world, sam, ann, pair, last, ending):
    agreed(sam, ann, pair, "a2", receipts=True)
    for phone, seq in ((ann, last - 1), (sam, 1)):
        assert phone.do("position.read", space=pair, seq=seq)["ok"]
    run(world)
    assert shown(sam, pair)["read"] == last - 1
    assert ann.do("position.read", space=pair, seq=last)["ok"]
    name = pair.removeprefix("pair:")
    if ending == "replaced":
        agreed(sam, ann, pair, "a3", weeks=3)
    else:
        does = {"withdrawn": ("agreement.withdraw", {"space": pair}), "block": ("block.set", {"space": pair})}
        command, args = does.get(ending, (f"pairing.{ending}", {"pairing": name}))
        assert ann.do(command, **args)["ok"]
    assert shown(sam, pair) == {"delivered": last - 1}
    run(world)
    goes_on = ending in {"replaced", "withdrawn"}
    assert shown(sam, pair) == {"delivered": last if goes_on else last - 1}
    assert due(world, pair) == []
    if ending != "block":
        assert shown(ann, pair) == {"delivered": 1}


def test_in_a_pairing_that_has_ended_no_receipt_changes_and_unread_messages_are_still_counted(
    world, sam, ann, pair, last
):
    assert ann.do("position.delivered", space=pair, seq=last)["ok"]
    assert sam.do("pairing.end", pairing=pair.removeprefix("pair:"))["ok"]
    frames = overheard(world, pair)
    run(world)
    assert ann.do("position.read", space=pair, seq=last)["ok"]
    run(world)
    assert (frames, due(world, pair)) == ([], [])
    assert world.parts.reader.unread(ann.user, {pair: ann.spaces()[pair]})[pair][:2] == (0, 0)


def test_two_apps_that_report_whatever_has_arrived_cause_no_receipts_without_end(world, sam, ann, pair, last):
    """They send the last seq that they have. A receipt has one as well."""
    frames = overheard(world, pair)
    for _ in range(4):
        for phone in (sam, ann):
            phone.sync()
            assert phone.do("position.delivered", space=pair, seq=phone.positions[pair])["ok"]
        run(world)
    assert [(frame["kind"], frame["data"]) for frame in frames] == [("receipt", {"delivered": last})] * 2
    assert due(world, pair) == []


def test_a_position_in_a_space_without_messages_does_not_move(world, sam, ann, pair):
    for name in ("position.delivered", "position.read"):
        assert ann.do(name, space=pair, seq=ann.positions[pair])["ok"]
    assert (ann.position(pair), due(world, pair)) == ({}, [])


def test_nowhere_is_stored_when_a_user_has_received_and_read(world, sam, ann, pair, last):
    """Only the ledger has the time at which a mutation came, as of every mutation."""
    agreed(sam, ann, pair, "a2", receipts=True)
    tablet = world.phone(ann.transport.caller, "tablet")
    for phone, name in ((ann, "position.delivered"), (tablet, "position.read")):
        assert phone.do(name, space=pair, seq=last)["ok"]
    run(world)
    rows = list(world.mongo.records.find({"kind": {"$in": ["position", "receipt"]}}))
    assert {row["kind"]: "stamps" in row for row in rows} == {"position": False, "receipt": False}
    assert all("at" not in one for one in ann.records("position") + tablet.records("position"))


# Quiet hours


@pytest.mark.parametrize("receipts", [False, True])
def test_what_is_read_in_quiet_hours_is_shown_after_them(world, sam, ann, pair, last, receipts):
    """Those of the reader, wherever the reader is. That it has arrived is shown meanwhile."""
    agreed(sam, ann, pair, "a2", receipts=receipts)
    assert ann.do("quiet.set", zone="Europe/Berlin", spans=NIGHT)["ok"]
    assert sam.do("quiet.set", zone="America/New_York", spans=[[0, 1380]])["ok"]
    world.time = MIDNIGHT
    assert ann.do("position.delivered", space=pair, seq=last - 1)["ok"]
    [moment] = due(world, pair)
    assert ann.do("position.read", space=pair, seq=last - 1)["ok"]
    assert ann.do("position.read", space=pair, seq=last)["ok"]
    assert due(world, pair) == [moment], "reading changes nothing about when it is shown that it has arrived"
    frames = overheard(world, pair)
    run(world, MORNING - world.time)
    assert [frame["data"] for frame in frames] == [{"delivered": last - 1}]
    run(world, 2 * HOUR)
    assert shown(sam, pair) == {"delivered": last} | ({"read": last} if receipts else {})


def test_quiet_hours_that_begin_or_change_while_a_receipt_waits_are_kept_as_well(world, sam, ann, pair, last):
    agreed(sam, ann, pair, "a2", receipts=True)
    assert ann.do("quiet.set", zone="Europe/Berlin", spans=NIGHT)["ok"]
    world.time = MIDNIGHT - 2 * HOUR - 1
    assert ann.do("position.read", space=pair, seq=last)["ok"]
    assert due(world, pair)[0] > MORNING, "22:00 comes before it could be shown"
    assert ann.do("quiet.set", spans=[[1320, 600]])["ok"]
    run(world, MORNING + 3 * HOUR - 1 - world.time)
    assert shown(sam, pair) == {}
    run(world, 2 * HOUR)
    assert shown(sam, pair) == {"delivered": last, "read": last}


# The user's own phones, and crashes


def test_the_phones_of_one_user_share_their_position_and_are_not_sent_it_again(world, sam, ann, pair, last):
    tablet = world.phone(ann.transport.caller, "tablet")
    for seq in (1, last):
        assert ann.do("position.delivered", space=pair, seq=seq)["ok"]
    assert ann.do("position.read", space=pair, seq=last - 1)["ok"]
    tablet.sync()
    assert tablet.position(pair) == {"delivered": last, "read": last - 1}
    assert (tablet.unread(pair), ann.unread(pair)) == (1, 1)
    head = tablet.positions[f"user:{ann.user}"]
    for name in ("position.delivered", "position.read"):
        assert tablet.do(name, space=pair, seq=last - 1)["ok"]
    run(world)
    tablet.sync()
    assert tablet.positions[f"user:{ann.user}"] == head, "neither nothing new nor a timer is a change"
    assert shown(sam, pair) == {"delivered": last}


def test_another_worker_shows_what_a_crash_has_left_and_shows_it_once(world, sam, ann, pair, last, monkeypatch):
    assert ann.do("position.delivered", space=pair, seq=last)["ok"]
    world.restarted()
    sam.transport.parts = ann.transport.parts = world.parts
    frames, store, cut = overheard(world, pair), world.parts.group_commit._decisions.is_stored, []

    def fails_once(change_set):
        if not cut:
            cut.append(change_set)
            raise NetworkTimeout
        return store(change_set)

    monkeypatch.setattr(world.parts.group_commit._decisions, "is_stored", fails_once)
    world.wait(MINUTE)
    for _ in range(3):
        world.parts.scheduler.run()
    assert len(cut) == 1
    assert [frame["data"] for frame in frames] == [{"delivered": last}]
    run(world)
    assert len(frames) == 1
    assert shown(sam, pair) == {"delivered": last}
