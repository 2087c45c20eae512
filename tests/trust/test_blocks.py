"""A block ends at once, whatever else is going on; it can be lifted, and the two never meet again."""

import threading

import pytest

from schemas.agreement import AGREED
from server.commands.context import COMMANDS
from sync.clock import DAY
from tests.good import GOOD
from tests.matched import looking
from tests.sync.stories import phone_of
from tests.trust.scene import Sky, lived, on_shift, pushed, reachable, send

# Notifications


def test_what_waited_to_be_told_of_messages_is_not_told(world, sam, ann, pair):
    """Messages that had not been read are no number on her icon any more."""
    reachable(world, ann)
    send(sam, pair, "s1", "hello")
    assert pushed(world, ann) == [{"what": "new", "badge": 1, "collapse": "new"}]
    assert ann.do("quiet.set", zone="UTC", spans=[[720, 1200]])["ok"]
    send(sam, pair, "s2", "held")
    assert pushed(world, ann) == []
    assert ann.do("block.set", space=pair)["ok"]
    ann.do("quiet.set", zone="UTC", spans=[])
    world.wait(DAY)
    assert pushed(world, ann) == [{"what": "withdraw", "badge": 0, "collapse": "new"}]


def test_what_waited_to_be_told_of_anything_else_is_not_told(world, sam, ann, pair):
    reachable(world, ann)
    sam.do("question.ask", space=pair, id="q1", text="Why?", locale="en")
    assert ann.do("block.set", space=pair)["ok"]
    world.wait(DAY)
    assert [payload for payload in pushed(world, ann) if payload["what"] != "badge"] == []


def test_nothing_that_can_still_be_done_in_an_ended_space_rings(world, sam, ann, pair):
    """A specialist may have to write down what was told to others, also afterwards."""
    assert ann.do("block.set", space=pair)["ok"]
    reachable(world, ann)
    pushed(world, sam)
    for name in GOOD:
        where = {
            key: value for key, value in (("space", pair), ("pairing", pair[5:])) if key in COMMANDS[name].schema.fields
        }
        sam.do(name, **{key: value for key, value in GOOD[name].items() if key != "why_not"} | where)
    world.wait(DAY)
    assert pushed(world, ann) == []


# In the same moment


@pytest.mark.parametrize("order", [("s1", "s2", "block"), ("s1", "block", "s2"), ("block", "s1", "s2")])
def test_in_one_group_what_comes_after_the_block_is_refused(world, sam, ann, pair, order):
    """Whatever is waiting for its turn together with a block: what was before it is shown, and nothing after."""
    air, group_commit = Sky(world, [ann, sam]), world.parts.group_commit
    asked = {
        "block": ann.does("block.set", space=pair),
        "s1": sam.does("message.send", space=pair, id="s1", text="one", origin="person"),
        "s2": sam.does("message.send", space=pair, id="s2", text="two", origin="person"),
    }
    outcomes, threads = {}, []

    def ask(name):
        phone = ann if name == "block" else sam
        outcomes[name] = world.parts.backend.mutate(phone.transport.caller, asked[name])

    with group_commit._turn:
        for name in order:
            threads.append(threading.Thread(target=ask, args=(name,)))
            threads[-1].start()
            while len(group_commit._in_flight._waiting) < len(threads):
                pass
    group_commit._in_flight.wake()
    for thread in threads:
        thread.join()
    before = order[: order.index("block")]
    assert {name for name, outcome in outcomes.items() if outcome["ok"]} == {*before, "block"}
    frames = [frame["change"] for phone, frame in air.frames if phone is ann]
    assert [change["id"] for change in frames if change["kind"] == "message"] == list(before)
    kinds = [change["kind"] for change in frames if change["space"] == pair or change["kind"] == "membership"]
    assert kinds[-2:] == ["pairing", "membership"]


# What a block is, and is not


def test_an_invitation_that_nobody_has_accepted_is_not_blocked_but_taken_back(sam):
    invited = sam.do("pairing.invite", name="Sam")["changes"]
    [space] = {change["space"] for change in invited if change["kind"] == "pairing"}
    assert sam.do("block.set", space=space)["error"]["details"]["state"] == "invited"


def test_a_block_after_the_end_changes_nothing_for_the_other(world, sam, ann, pair):
    assert ann.do("pairing.end", pairing=pair[5:])["ok"]
    sam.sync()
    before, air = dict(sam.replica), Sky(world, [sam])
    assert ann.do("block.set", space=pair)["ok"]
    sam.sync()
    assert (sam.replica, air.frames) == (before, [])
    ann.sync()
    assert ann.spaces() == {}


def test_a_block_twice_is_one(world, ann, pair):
    assert ann.do("block.set", space=pair)["ok"]
    ann.sync()
    before = dict(ann.replica)
    world.wait(1000)
    assert ann.do("block.set", space=pair)["ok"]
    ann.sync()
    assert ann.replica == before


def test_lifting_it_gives_back_what_was_written_and_nothing_else(world, sam, ann, pair):
    tablet = phone_of(world, ann.transport.caller, "tablet")
    send(sam, pair, "s1", "hello"), ann.sync(), tablet.sync()
    before = {name: row for name, row in ann.replica.items() if name[0] == pair and name[1] != "pairing"}
    ann.do("block.set", space=pair), ann.sync()
    sams, air = dict(sam.replica), Sky(world, [sam])
    assert ann.do("block.lift", space=pair)["ok"]
    for phone in (ann, tablet):
        phone.sync()
        assert {name: row for name, row in phone.replica.items() if name[0] == pair and name[1] != "pairing"} == before
        [ended] = phone.records("pairing", pair)
        assert ended["data"]["state"] == "ended"
    assert air.frames == []
    assert sam.replica == sams
    for phone in (sam, ann):
        assert send(phone, pair, "s9", "are you there?")["error"]["details"]["state"] == "ended"
    assert ann.do("block.set", space=pair)["ok"], "and it can be set again"
    ann.sync()
    assert ann.spaces() == {}


@pytest.mark.parametrize(("by", "lifted"), [("peer", False), ("specialist", True)])
def test_the_two_never_meet_again(world, by, lifted):
    """Not by a short list, an offer that was on its way, nor an invitation made before or after."""
    sam, ann, space = lived(world, "active")
    codes = [sam.do("pairing.invite", name="Sam")["changes"][0]["data"]["code"]]
    assert (ann if by == "peer" else sam).do("block.set", space=space)["ok"]
    if lifted:
        assert (ann if by == "peer" else sam).do("block.lift", space=space)["ok"]
    codes.append(sam.do("pairing.invite", name="Sam")["changes"][0]["data"]["code"])
    for day in range(2):
        world.wait(200 * DAY * day)
        world.parts.scheduler.run()
        looking(world, ann, f"r{day + 2}") if day == 0 else None
        for one in world.mongo.records.find({"kind": "shortlist", "deleted": {"$exists": False}}):
            assert "id-sam" not in one["hidden"]["people"].values()
        sam.sync()
        assert [offer for offer in sam.records("offer") if offer["data"]["state"] == "sent"] == []
        refused = [ann.do("pairing.join", code=code, agreement=AGREED, name="Ann") for code in codes]
        assert [one["error"]["details"]["state"] for one in refused] == ["expired", "expired"]


# What a block must not break, and what must not get round it


def test_what_she_shows_others_of_herself_can_still_be_changed(world, ann, pair):
    """Her story card was shared where she has blocked somebody, and elsewhere."""
    other = world.paired(world.phone(world.person("tina", "specialist")), ann)
    for name, args in (("edit", {"text": "It began."}), ("share", {"space": pair}), ("share", {"space": other})):
        assert ann.do(f"story.{name}", **args)["ok"]
    assert ann.do("block.set", space=pair)["ok"]
    assert ann.do("story.edit", text="It began in winter.")["ok"]


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize("by", ["peer", "specialist"])
def test_a_call_for_help_is_no_way_round_it(world, sam, ann, pair, by, taken):
    """Neither hears the other through an SOS that was open when one of them blocked the other."""
    on_shift(world, sam)
    assert ann.do("sos.raise", id="s1")["ok"]
    sam.sync()
    [call] = sam.records("call")
    assert not taken or sam.do("call.take", id=call["id"])["ok"]
    who = ann if by == "peer" else sam
    assert who.do("block.set", space=pair)["ok"]
    sam.do("call.take", id=call["id"])
    sam.do("call.say", id=call["id"], words="CANARY")
    ann.do("sos.say", id="s1", words="CANARY")
    who.sync()
    said = [one for row in who.records("sos") + who.records("call") for one in row["data"]["said"]]
    assert [one for one in said if one["by"] != "me"] == []


def test_two_are_paired_once_so_that_a_block_leaves_no_other_way(sam, ann, pair):
    code = sam.do("pairing.invite", name="Sam")["changes"][0]["data"]["code"]
    assert ann.do("pairing.join", code=code, name="Ann")["error"]["details"]["state"] == "paired"
    assert ann.do("block.set", space=pair)["ok"]
    assert ann.do("pairing.join", code=code, name="Ann")["error"]["details"]["state"] == "expired"
