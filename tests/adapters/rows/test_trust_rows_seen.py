"""Rows that others must not see: sealed cards, private rows, and rows of a space after a block."""

from schemas.table import TABLES
from sync.clock import HOUR
from tests.adapters.rows.changes import CHANGED
from tests.adapters.rows.client_database_driver import LATER, all_of, change, listened, make, remove, row_of
from tests.good import GOOD


def test_cards_are_sealed_and_opened_by_rows_and_what_was_written_to_seal_never_comes_back(world, app, sam, ann, space):
    anns, sams = app(ann), app(sam)
    told = {"anns": listened(anns), "sams": listened(sams)}
    make(anns, "disclosure", "x1", space=space, theme="Fear")
    anns.pull(), sams.pull()
    theirs = row_of(sams, "disclosure", sams.the_one("disclosure"))
    change(anns, "disclosure", "x1", mine="The dark.")
    world.wait(LATER)
    anns.pull(), sams.pull()
    assert (anns.only("disclosure")["mine"], anns.only("card")["text"]) == ("", "The dark.")
    change(anns, "disclosure", "x1", mine="The very dark.")
    world.wait(LATER)
    assert anns.only("card")["text"] == "The very dark."
    assert [sams.only("disclosure")["state"], sams.local["card"]] == ["sealed", {}]
    assert "dark" not in str(told["sams"])
    change(sams, "disclosure", theirs, mine="The deep.")
    world.wait(LATER)
    for one in (anns, sams):
        opened = one.only("disclosure")
        assert {member: card["text"] for member, card in opened["cards"].items()} == {
            ann.spaces()[space]: "The very dark.",
            sam.spaces()[space]: "The deep.",
        }
        assert (opened["state"], one.local["card"]) == ("opened", {})
    shown = [row for heard in told.values() for row in all_of(heard, "disclosure") if "mine" in row]
    assert len(shown) > 4
    assert {row["mine"] for row in shown} == {""}


def test_what_is_for_oneself_alone_is_in_no_row_of_anybody_else(world, app, sam, ann, sue, space, done):
    done("ann checkin.put", id="k1", pairing=space[5:])
    done("ann plan.edit", notice="SECRET")
    done("ann quiet.set")
    done("ann disclosure.invite", id="d1")
    done("ann disclosure.seal", id="d1", text="SECRET")
    done("ann suggestion.ask", id="u1", text="SECRET")
    done("ann milestone.pin", kind="message", of="m0")
    done("ann report.file", id="p1", words="SECRET")
    done("sam debrief.ask", id="b1", words="SECRET OF SAM", messages=["m0"])
    done("ann message.send", id="m9", text="It was hard to say.")
    world.wait(20 * HOUR)
    world.parts.scheduler.run()
    done("ann sos.raise", id="s1", words="Please.")
    apps = {name: app(phone) for name, phone in (("ann", ann), ("sam", sam), ("sue", sue))}
    heard = {name: listened(one) for name, one in apps.items()}
    for one in apps.values():
        one.pull()
    tables = {"checkin", "trend", "plan", "quiet", "card", "pin", "report", "nudge", "sos", "call", "debrief", "block"}
    there = {name: {table for table in tables if one.local[table]} for name, one in apps.items()}
    assert there == {
        "ann": {"checkin", "trend", "plan", "quiet", "card", "pin", "report", "sos"},
        "sam": {"nudge", "call", "debrief"},
        "sue": {"debrief"},
    }
    assert [name for name in heard if "SECRET" in str(heard[name]).replace("SECRET OF SAM", "")] == ["ann"]
    assert "SECRET OF SAM" not in str(heard["ann"])


def test_what_only_its_author_knows_cannot_be_changed_in_rows(world, app, sam, ann, sue, space, done):
    """Rows that client databases can only read: the card, the pin, the report, the trend, the milestone."""
    done("ann checkin.put", id="k1", pairing=space[5:])
    done("ann suggestion.ask", id="u1")
    done("ann milestone.pin", kind="message", of="m0")
    done("sam milestone.pin", kind="message", of="m0")
    done("ann report.file", id="p1")
    anns = app(ann)
    anns.pull()
    forged = {"card": "text", "pin": "of", "report": "outcome", "trend": "hint", "milestone": "of"}
    before = {table: anns.only(table) for table in forged}
    for table, column in forged.items():
        change(anns, table, anns.the_one(table), **{column: "forged"})
    world.wait(LATER)
    assert {table: anns.only(table) for table in forged} == before
    for table in forged:
        remove(anns, table, anns.the_one(table))
    world.wait(LATER)
    assert {table: anns.only(table) for table in forged} == before


# Blocks


def test_whoever_blocks_loses_all_rows_of_the_space_and_lifting_it_by_its_row_brings_them_back(
    world, app, sam, ann, space, done
):
    actions = [action for action, *_ in CHANGED]
    for at, action in enumerate(actions):
        done(action, id=f"x{at}")
    done("ann ack.set", message="m0")
    done("ann letter.write")
    done("ann session.open")
    for name in ("ann", "sam"):
        done(f"{name} milestone.pin", kind="message", of="m0")
    anns = app(ann)
    anns.pull()
    shared = [table for table in TABLES if TABLES[table].shared]
    before = {table: anns.local[table] | {} for table in shared}
    assert {table for table in shared if not before[table]} == {"story_card", "handover", "escalation", "receipt"}
    heard = listened(anns)
    done("ann block.set", report={**GOOD["block.set"]["report"], "messages": ["m0"]})
    anns.pull()
    assert {table: anns.local[table] for table in (*shared, "membership") if anns.local[table]} == {}
    assert "hello" not in str(heard)
    assert (anns.only("block")["where"], anns.only("report")["where"]) == (space, space)
    block = anns.the_one("block")
    change(anns, "block", block, where="pair:elsewhere", at=1)
    world.wait(LATER)
    assert anns.only("block")["where"] == space
    change(anns, "block", block, lifted=True)
    anns.pull()
    assert anns.only("membership")["space"] == space
    kept = {table: before[table].keys() for table in shared if table != "introduction"}
    assert {table: anns.local[table].keys() for table in kept} == kept
    change(anns, "block", block, lifted=False)
    anns.pull()
    assert [anns.only("block")["lifted"], anns.local["message"]] == [False, {}]


def test_somebody_is_blocked_by_a_new_row_whatever_its_id(world, app, sam, ann, space):
    """It works offline: the app hides the space at once, and the next sync deletes its rows."""
    anns, sams = app(ann), app(sam)
    anns.pull(), sams.pull()
    make(anns, "block", "x1", where=space)
    world.wait(LATER)
    assert (anns.only("block")["where"], anns.the_one("block")) == (space, space.replace(":", "."))
    assert [anns.local["membership"], anns.local["message"]] == [{}, {}]
    assert sams.only("pairing")["state"] == "ended"
    make(sams, "block", space.replace(":", "."), where=space)
    sams.pull()
    assert (sams.only("block")["lifted"], sams.local["message"]) == (False, {})
    for name, where in (("x2", "pair:" + "a" * 26), ("x3", space)):
        make(anns, "block", name, where=where)
    world.wait(LATER)
    assert anns.only("block")["where"] == space
