"""Rows of which a member, a pairing or a person has only one; and the rows of a call for help."""

from sync.clock import DAY, HOUR
from tests.adapters.rows.client_database_driver import LATER, cells_of, change, make, remove, row_of
from tests.conftest import START

OPEN = {"until": START + HOUR, "state": "open"}


def test_an_acknowledgement_is_one_row_whoever_makes_it(world, app, sam, ann, space):
    """Its id consists of the message and the member. The rows that the app makes are deleted, and that row is sent."""
    anns = app(ann)
    anns.pull()
    message = anns.the_one("message")
    make(anns, "ack", "x1", space=space, message=message, heard=True)
    anns.pull()
    row = anns.the_one("ack")
    assert row.startswith(f"m0.{ann.spaces()[space]}.")
    make(anns, "ack", "x2", space=space, message=message, with_you=True)
    anns.pull()
    change(anns, "ack", row, heard=False, i_need_time=True)
    world.wait(LATER)
    ack = anns.only("ack")
    told = {"message": message, "heard": False, "with_you": True, "i_need_time": True, "tell_me_more_when_ready": False}
    assert {name: ack[name] for name in told} == told
    sam.sync()
    assert [record["data"]["with_you"] for record in sam.records("ack")] == [True]


def test_nobody_acknowledges_what_they_wrote_or_for_another(world, app, sam, ann, space, done):
    done("ann ack.set", message="m0", heard=True)
    sams = app(sam)
    sams.pull()
    make(sams, "ack", "x1", space=space, message=sams.the_one("message"), heard=True)
    change(sams, "ack", row_of(sams, "ack", f"m0.{ann.spaces()[space]}"), heard=False)
    world.wait(LATER)
    assert sams.only("ack")["heard"] is True


def test_a_letter_is_one_row_of_each_side(world, app, sam, ann, space):
    anns, sams, me = app(ann), app(sam), ann.spaces()[space]
    make(anns, "letter", me, space=space, text="It was good to know you.")
    change_later = {"text": "It was very good to know you."}
    anns.pull(), sams.pull()
    change(anns, "letter", me, **change_later)
    change(sams, "letter", me, text="forged")
    make(sams, "letter", "x1", space=space, text="And you.")
    world.wait(LATER)
    for one in (anns, sams):
        one.pull()
        assert {row: cells_of(one, "letter", row)["text"] for row in one.local["letter"]} == {
            me: "It was very good to know you.",
            sam.spaces()[space]: "And you.",
        }


def test_a_conversation_is_one_row_that_is_opened_again_and_again(world, app, sam, ann, space):
    anns, sams, name = app(ann), app(sam), space[5:]
    make(anns, "session", name, space=space, state="open", until=world.time + HOUR)
    sams.pull()
    session = sams.only("session")
    assert {name: session[name] for name in OPEN} == OPEN
    assert (session["idle_minutes"], session["words"]) == (30, {})
    change(sams, "session", name, until=world.time + 2 * HOUR)
    anns.pull()
    assert anns.only("session")["until"] == START + 2 * HOUR
    for one, became in ((anns, "closing"), (anns, "closing"), (sams, "closed")):
        one.pull()
        change(one, "session", name, state="closed")
        world.wait(LATER)
        assert one.only("session")["state"] == became
    anns.pull()
    change(anns, "session", name, state="open", until=world.time + HOUR, idle_minutes=10)
    world.wait(LATER)
    assert [anns.only("session")[name] for name in ("state", "idle_minutes")] == ["open", 10]
    change(anns, "session", name, until=world.time + 48 * HOUR, opened_at=1)
    before = sams.only("session")
    world.wait(LATER)
    assert anns.only("session") == before


# Private rows


def test_a_plan_and_quiet_hours_are_one_row_each(world, app, ann, space):
    anns = app(ann)
    make(anns, "plan", "me", notice="I do not sleep.", worth="My sister.")
    make(anns, "quiet", "me", zone="Europe/Berlin", spans=[[1320, 420]])
    anns.pull()
    change(anns, "plan", "me", notice="", soothe="Walking.")
    change(anns, "quiet", "me", spans=[[0, 1440]])
    world.wait(LATER)
    plan, quiet = anns.only("plan"), anns.only("quiet")
    assert (plan["notice"], plan["soothe"], plan["worth"]) == ("", "Walking.", "My sister.")
    assert (quiet["zone"], quiet["spans"]) == ("Europe/Berlin", [[1320, 420]])
    change(anns, "quiet", "me", zone="Nowhere/Land", spans=[[0, 60]])
    world.wait(LATER)
    assert anns.only("quiet") == quiet
    change(anns, "quiet", "me", spans=[])
    assert anns.only("quiet")["spans"] == []


def test_a_conversation_is_muted_and_marked_as_unread_by_one_row_each(world, app, sam, ann, space):
    anns, name = app(ann), space.replace(":", ".")
    make(anns, "mute", name, where=space, until=None)
    make(anns, "unread", name, where=space, seq=1)
    anns.pull()
    assert {key: anns.only("mute")[key] for key in ("where", "until")} == {"where": space, "until": None}
    assert {key: anns.only("unread")[key] for key in ("where", "seq", "read")} == {"where": space, "seq": 1, "read": 0}
    change(anns, "mute", name, until=0)
    change(anns, "unread", name, seq=0, read=7)
    world.wait(LATER)
    assert anns.only("mute")["until"] == 0
    assert (anns.only("unread")["seq"], anns.only("unread")["read"]) == (0, 0), "nobody writes the position there"
    sam.sync()
    assert sam.records("mute") == sam.records("unread") == []


def test_a_checkin_is_put_and_deleted_by_its_row_and_the_trend_follows(world, app, ann, space):
    anns = app(ann)
    anns.pull()
    make(anns, "checkin", "x1", pairing=space[5:], could_say=0, can_rely=10, at=world.time)
    checkin, trend = anns.only("checkin"), anns.only("trend")
    assert (checkin["could_say"], checkin["can_rely"], checkin["both_gave"]) == (0, 10, None)
    assert [(row["id"], row["value"]) for row in trend["series"]] == [("x1", 5)]
    assert (trend["hint"], trend["next_at"]) == (None, START + 14 * DAY)
    make(anns, "checkin", "x2", pairing=space[5:], could_say=10, at=world.time)
    change(anns, "checkin", "x1", could_say=10)
    world.wait(LATER)
    assert anns.only("checkin") == checkin
    remove(anns, "checkin", "x1")
    assert anns.only("trend")["series"] == []
    make(anns, "checkin", "x3", pairing=space[5:], sealed="gibberish", at=world.time)
    assert (anns.only("checkin")["sealed"], anns.only("checkin")["could_say"]) == ("gibberish", None)


def test_an_sos_is_raised_seen_taken_and_closed_by_rows(world, app, sam, ann, space):
    anns, sams = app(ann), app(sam)
    anns.pull()
    make(anns, "sos", "x1", words="Please.", raised_at=world.time)
    sos = anns.only("sos")
    assert (sos["state"], sos["words"], sos["taken"], sos["said"]) == ("raised", "Please.", {}, [])
    make(anns, "sos", "x2", words="Anybody?", raised_at=world.time)
    sos |= {"said": [{"by": "me", "text": "Anybody?", "at": world.time}]}
    change(anns, "sos", "x1", state="taken", words="forged", taken={"by": "specialist"})
    world.wait(LATER)
    assert anns.only("sos") == sos
    sams.pull()
    call = sams.the_one("call")
    change(sams, "call", call, state="over", words="forged")
    world.wait(LATER)
    assert [sams.only("call")[name] for name in ("state", "words", "where")] == ["open", "Please.", space]
    for state in ("seen", "taken"):
        change(sams, "call", call, state=state)
        assert (sams.only("call")["state"], anns.only("sos")["state"]) == (state, state)
    assert anns.only("sos")["taken"]["by"] == "specialist"
    change(anns, "sos", "x1", state="closed")
    assert (anns.only("sos")["state"], sams.only("call")["state"]) == ("closed", "over")


def test_a_debrief_is_answered_and_closed_by_its_row(world, app, ann, sue, space, done):
    done("ann debrief.ask", id="b1")
    anns, sues = app(ann), app(sue)
    anns.pull(), sues.pull()
    asked = sues.only("debrief")
    assert (asked["words"], asked["where"], asked["by"]) == ("May I ask you something?", None, "peer")
    assert [message["text"] for message in asked["messages"]] == ["hello"]
    change(anns, "debrief", "b1", answer="I say it myself.")
    world.wait(LATER)
    assert anns.only("debrief")["answer"] is None
    change(sues, "debrief", sues.the_one("debrief"), answer="Of course.")
    debrief = anns.only("debrief")
    assert (debrief["state"], debrief["answer"]) == ("answered", "Of course.")
    change(anns, "debrief", "b1", state="closed")
    assert (anns.only("debrief")["state"], sues.only("debrief")["messages"]) == ("closed", [])
