"""Messages, as two people meet them, and as a stranger does not."""

import orjson
import pytest

from schemas.message import LONGEST_TEXT, REVISIONS
from tests.sealed import stored, whole
from tests.sync.melon import melon, row


def test_a_message_reaches_the_other_phone(sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="hello", origin="person")
    sam.pull()
    assert sam.texts(pair) == ["hello"]


def test_messages_are_shown_in_the_order_in_which_the_server_took_them(world, sam, ann, pair):
    ann.clock.tick(world.time + 10**9)  # a phone whose clock is twelve days ahead
    ann.do("message.send", space=pair, id="m1", text="first", origin="person")
    sam.do("message.send", space=pair, id="m2", text="second", origin="person")
    sam.pull(), ann.pull()
    assert sam.texts(pair) == ann.texts(pair) == ["first", "second"]


def test_any_unicode_of_any_length_up_to_the_limit_arrives_as_it_was(sam, ann, pair):
    texts = ["🫂" * LONGEST_TEXT, "\u202etxet", "e\u0301", "\x00x", '{"$ne": 1}', "$where", "a.b", " x "]
    for number, text in enumerate(texts):
        assert ann.do("message.send", space=pair, id=f"m{number}", text=text, origin="person")["ok"]
    sam.pull()
    assert sam.texts(pair) == texts


def test_a_text_that_is_empty_or_too_long_is_refused_by_name(ann, pair):
    for text in ("", "x" * (LONGEST_TEXT + 1), None, 7, {"$ne": 1}):
        outcome = ann.do("message.send", space=pair, id="m1", text=text, origin="person")
        assert outcome["error"]["code"] == "bad_request"
        assert outcome["error"]["details"]["field"] == "args.text"


BLANK = {
    "a space": " ", "spaces of all kinds": "\u00a0\u2003\u3000\u1680", "lines": "\n\r\t\u2028\u2029",
    "nothing wide": "\u200b\u200d\u2060\ufeff", "directions": "\u202e\u2066", "a zero": "\x00",
    "soft hyphens": "\u00ad", "fillers": "\u3164\u115f\u1160\uffa0", "empty braille": "\u2800",
    "a variation of nothing": "\ufe0f",
}  # fmt: skip


@pytest.mark.parametrize("text", BLANK.values(), ids=BLANK)
def test_a_text_in_which_nothing_can_be_seen_is_refused_by_name(ann, pair, text):
    ann.do("message.send", space=pair, id="m0", text="\u200d👋\ufe0f", origin="person")
    for asked in (
        ("message.send", {"id": "m1", "text": text, "origin": "person"}),
        ("message.edit", {"id": "m0", "text": text}),
        ("question.ask", {"id": "q1", "text": text}),
        ("step.propose", {"id": "t1", "text": text}),
        ("strength.notice", {"id": "g1", "text": text}),
        ("suggestion.ask", {"id": "u1", "text": text}),
        ("letter.write", {"text": text}),
        ("agreement.propose", {"id": "a1", "terms": {"kept": text}}),
    ):
        refused = ann.do(asked[0], space=pair, **asked[1])["error"]
        field = "args.terms.kept" if asked[0] == "agreement.propose" else "args.text"
        assert (refused["code"], refused["details"]["field"]) == ("bad_request", field), asked
    for name, args in {"debrief.ask": {"id": "b1"}, "repair.invite": {"id": "h1"}, "session.close": {}}.items():
        refused = ann.do(name, space=pair, words=text, **args)["error"]
        assert (refused["code"], refused["details"]["field"]) == ("bad_request", "args.words"), name
    assert ann.texts(pair) == ["\u200d👋\ufe0f"]


@pytest.mark.parametrize("text", ["\U0001fae8", "\ue000", "\u0301", ".", "\u200b.", "ꙮ"])
def test_a_sign_that_this_server_does_not_know_yet_can_be_seen(ann, pair, text):
    """A new emoji is in no table of Unicode that the server has."""
    assert ann.do("message.send", space=pair, id="m1", text=text, origin="person")["ok"]


def test_a_call_for_help_is_never_refused_for_its_words(ann):
    assert ann.do("sos.raise", id="s1", words=" \n ")["ok"]


def test_an_answer_names_what_it_answers(sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="how are you?", origin="person")
    sam.do("message.send", space=pair, id="m2", text="better", origin="person", reply_to="m1")
    ann.pull()
    assert ann.records("message", pair)[1]["data"]["reply_to"] == "m1"


def test_an_answer_to_what_is_not_in_the_space_is_refused_by_name(world, sam, ann, bob, pair):
    other = world.paired(sam, bob)
    sam.do("message.send", space=other, id="elsewhere", text="for Bob", origin="person")
    sam.do("strength.notice", space=pair, id="g1", text="You stayed.")
    for name in ("nowhere", "elsewhere", "g1", "m1"):
        refused = ann.do("message.send", space=pair, id="m1", text="yes", origin="person", reply_to=name)["error"]
        assert (refused["code"], refused["details"]) == ("not_found", {"field": "reply_to", "id": name}), name
    assert ann.do("message.send", space=pair, id="m1", text="yes", origin="person")["ok"]


def test_an_answer_may_come_with_the_message_that_it_answers(sam, ann, pair):
    ann.does("message.send", space=pair, id="m1", text="one more thing", origin="person")
    ann.does("message.send", space=pair, id="m2", text="as I said", origin="person", reply_to="m1")
    assert [outcome["ok"] for outcome in ann.push()] == [True, True]
    sam.pull()
    assert [record["data"].get("reply_to") for record in sam.records("message", pair)] == [None, "m1"]


def test_an_answer_to_a_message_that_was_deleted_meanwhile_is_not_lost(sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="how are you?", origin="person")
    sam.pull()
    sam.does("message.send", space=pair, id="m2", text="better", origin="person", reply_to="m1")  # without a network
    ann.do("message.delete", space=pair, id="m1")
    assert [outcome["ok"] for outcome in sam.push()] == [True]
    ann.pull()
    assert ann.texts(pair) == ["better"]
    assert ann.records("message", pair)[-1]["data"]["reply_to"] == "m1"


def test_a_message_that_does_not_say_whose_words_it_holds_is_refused_by_name(ann, pair):
    for unsaid in ({}, {"origin": None}, {"origin": ""}, {"origin": "bot"}):
        outcome = ann.do("message.send", space=pair, id="m1", text="hello", **unsaid)
        assert outcome["error"]["code"] == "bad_request"
        assert outcome["error"]["details"]["field"] == "args.origin"


def test_the_api_says_that_a_message_needs_an_origin(world):
    described = orjson.loads(world.parts.app.test_client().get("/openapi.json").data)
    body = described["paths"]["/api/v1/message/send"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    shape = described["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    assert set(shape["required"]) == {"space", "id", "text", "origin"}
    assert shape["properties"]["origin"]["enum"] == ["person", "template", "system"]


def native(_, ann, pair, **said):
    ann.do("message.send", space=pair, id="m1", text="I am here.", **said)


def by_rxdb(call, _, pair, **said):
    call("POST", "rxdb/message/push", [{"newDocumentState": row(pair, "I am here.", **said)}])


def by_watermelondb(call, _, pair, **said):
    melon(call, message={"created": [row(pair, "I am here.", **said)]})


WAYS = [native, by_rxdb, by_watermelondb]
ROWS = WAYS[1:]


def shown(call, *phones):
    """Return the messages as both people see them, and what ann's client databases show."""
    for phone in phones:
        phone.pull()
    [message] = call("POST", "rxdb/message/pull", {"checkpoint": None, "batchSize": 10})[1]["documents"]
    [same] = call("GET", "watermelondb/sync")[1]["changes"]["message"]["updated"]
    return [*(one["data"] for phone in phones for one in phone.records("message")), message, same]


@pytest.mark.parametrize("origin", ["person", "template"])
@pytest.mark.parametrize("way", WAYS)
def test_whose_words_they_are_is_kept_and_shown_to_both(call, sam, ann, pair, way, origin):
    way(call, ann, pair, origin=origin)
    assert [one["origin"] for one in shown(call, sam, ann)] == [origin] * 4


@pytest.mark.parametrize("unsaid", [{}, {"origin": None}, {"origin": ""}])
@pytest.mark.parametrize("way", ROWS)
def test_the_words_of_a_row_that_does_not_say_whose_they_are_are_a_persons(call, sam, ann, pair, way, unsaid):
    way(call, ann, pair, **unsaid)
    assert [one["origin"] for one in shown(call, sam, ann)] == ["person"] * 4


@pytest.mark.parametrize("who", ["peer", "specialist", "supervisor", "operator"])
def test_nobody_speaks_in_the_name_of_beside(world, sam, ann, pair, who):
    phone = {"peer": ann, "specialist": sam}.get(who) or world.phone(world.person(who, who))
    outcome = phone.do("message.send", space=pair, id="m1", text="Welcome.", origin="system")
    assert outcome["error"]["code"] == ("forbidden" if who in {"peer", "specialist"} else "not_found")
    sam.pull()
    assert sam.records("message") == []


@pytest.mark.parametrize("way", ROWS)
def test_no_row_speaks_in_the_name_of_beside(call, sam, ann, pair, way):
    way(call, ann, pair, origin="system")
    sam.pull()
    assert "system" not in [message["data"]["origin"] for message in sam.records("message")]


def test_the_origin_of_a_message_stays_as_it_was(call, sam, ann, pair):
    by_watermelondb(call, ann, pair, origin="person")
    [name] = [one["id"] for one in call("GET", "watermelondb/sync")[1]["changes"]["message"]["updated"]]
    changed = row(pair, "I am still here.", name, origin="template", _changed="text,origin")
    melon(call, call("GET", "watermelondb/sync")[1]["timestamp"], message={"updated": [changed]})
    assert [(one["text"], one["origin"]) for one in shown(call, sam, ann)] == [("I am still here.", "person")] * 4


@pytest.mark.parametrize("way", WAYS)
def test_that_a_message_was_hard_to_say_is_shown_to_both(call, sam, ann, pair, way):
    way(call, ann, pair, origin="person", hard_to_say=True)
    assert [one["hard_to_say"] for one in shown(call, sam, ann)] == [True] * 4


def test_nothing_is_said_of_a_message_that_nobody_called_hard_to_say(call, sam, ann, pair):
    native(call, ann, pair, origin="person")
    *natives, document, melons = shown(call, sam, ann)
    assert [one.get("hard_to_say") for one in natives] == [None, None]
    assert (document["hard_to_say"], melons["hard_to_say"]) == (False, False)


@pytest.mark.parametrize("way", ["native", "rxdb", "watermelondb"])
def test_its_author_may_say_later_that_a_message_was_hard_to_say_and_take_it_back(call, sam, ann, pair, way):
    by_rxdb(call, ann, pair)
    ann.pull(), sam.pull()
    [before] = ann.records("message")
    for hard in (True, False):
        flags(way, call, ann, pair, hard)
        assert [one["hard_to_say"] for one in shown(call, sam, ann)] == [hard] * 4
    [after] = sam.records("message")
    assert (after["first_seq"], after["data"]) == (before["first_seq"], {**before["data"], "hard_to_say": False})


def flags(way, call, ann, pair, hard):
    """Say in one of three ways whether ann's only message was hard to say."""
    [known] = call("POST", "rxdb/message/pull", {"checkpoint": None, "batchSize": 10})[1]["documents"]
    if way == "native":
        [message] = ann.records("message")
        ann.do("message.flag", space=pair, id=message["id"], hard_to_say=hard)
    elif way == "rxdb":
        pushed = {"newDocumentState": {**known, "hard_to_say": hard}, "assumedMasterState": known}
        assert call("POST", "rxdb/message/push", [pushed]) == (200, [])
    else:
        since = call("GET", "watermelondb/sync")[1]["timestamp"]
        changed = {**known, "hard_to_say": hard, "_changed": "hard_to_say"}
        melon(call, since, message={"updated": [changed]})


@pytest.mark.parametrize(("earlier", "later"), [(True, False), (False, True)])
def test_what_was_said_last_of_how_hard_it_was_wins_whichever_arrives_first(world, sam, ann, pair, earlier, later):
    native(None, ann, pair, origin="person", hard_to_say=later)
    tablet = world.phone(ann.transport.caller, "tablet")
    tablet.pull()
    ann.does("message.flag", space=pair, id="m1", hard_to_say=earlier)
    world.wait(1000)
    tablet.do("message.flag", space=pair, id="m1", hard_to_say=later)
    ann.sync(), tablet.sync(), sam.sync()
    for phone in (sam, ann, tablet):
        assert [message["data"]["hard_to_say"] for message in phone.records("message")] == [later]


def test_an_edit_and_how_hard_it_was_to_say_do_not_undo_each_other(world, sam, ann, pair):
    native(None, ann, pair, origin="template")
    tablet = world.phone(ann.transport.caller, "tablet")
    tablet.pull()
    ann.does("message.edit", space=pair, id="m1", text="I was there.")
    world.wait(1000)
    tablet.do("message.flag", space=pair, id="m1", hard_to_say=True)
    ann.sync(), sam.sync()
    [message] = sam.records("message")
    assert (message["data"]["text"], message["data"]["hard_to_say"]) == ("I was there.", True)


def test_only_its_author_says_whether_a_message_was_hard_to_say(world, sam, ann, pair):
    native(None, ann, pair, origin="person")
    eve = world.phone(world.person("eve"))
    outcomes = [phone.do("message.flag", space=pair, id="m1", hard_to_say=True) for phone in (sam, eve)]
    assert [outcome["error"]["code"] for outcome in outcomes] == ["forbidden", "not_found"]
    ann.pull()
    assert "hard_to_say" not in ann.records("message")[0]["data"]
    assert ann.do("message.flag", space=pair, id="m1", hard_to_say=True)["ok"], "its author may"


@pytest.mark.parametrize("bad", [None, "perhaps", 7, {"$ne": 1}])
def test_how_hard_it_was_to_say_is_yes_or_no(ann, pair, bad):
    native(None, ann, pair, origin="person")
    sent = ann.do("message.send", space=pair, id="m2", text="x", origin="person", hard_to_say=bad)
    flagged = ann.do("message.flag", space=pair, id="m1", hard_to_say=bad)
    for outcome in (sent, flagged):
        assert outcome["error"]["details"]["field"] == "args.hard_to_say"


def test_a_deleted_message_is_not_marked_any_more(sam, ann, pair):
    native(None, ann, pair, origin="person")
    ann.do("message.delete", space=pair, id="m1")
    assert ann.do("message.flag", space=pair, id="m1", hard_to_say=True)["ok"]  # delete wins
    sam.pull()
    [gone] = [change for change in sam.replica.values() if change["kind"] == "message"]
    assert (gone["deleted"], "data" in gone) == (True, False)


def test_an_edited_message_keeps_its_place_and_its_former_texts(world, sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="helo", origin="person")
    ann.do("message.send", space=pair, id="m2", text="are you there?", origin="person")
    ann.do("message.edit", space=pair, id="m1", text="hello")
    sam.pull()
    assert sam.texts(pair) == ["hello", "are you there?"]
    assert sam.records("message", pair)[0]["data"]["edited"]
    [row] = stored(world.mongo, {"id": "m1"})
    assert [revision["text"] for revision in row["hidden"]["revisions"]] == ["helo", "hello"]
    assert "helo" not in str(sam.replica)


def test_the_later_of_two_edits_wins_whichever_arrives_first(world, sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="one", origin="person")
    tablet = world.phone(ann.transport.caller, "tablet")
    tablet.pull()
    ann.does("message.edit", space=pair, id="m1", text="earlier")
    world.wait(1000)
    tablet.do("message.edit", space=pair, id="m1", text="later")
    ann.sync(), tablet.sync(), sam.sync()
    assert sam.texts(pair) == ann.texts(pair) == tablet.texts(pair) == ["later"]


def test_a_message_can_be_edited_only_so_often(ann, pair):
    ann.do("message.send", space=pair, id="m1", text="0", origin="person")
    outcomes = [ann.do("message.edit", space=pair, id="m1", text=str(n)) for n in range(1, REVISIONS + 1)]
    assert [outcome["ok"] for outcome in outcomes] == [True] * (REVISIONS - 1) + [False]
    assert outcomes[-1]["error"]["code"] == "too_large"


def test_a_long_message_can_be_edited_less_often(ann, pair):
    ann.do("message.send", space=pair, id="m1", text="x" * LONGEST_TEXT, origin="person")
    outcomes = [ann.do("message.edit", space=pair, id="m1", text=str(n) * LONGEST_TEXT) for n in range(10)]
    assert [outcome["ok"] for outcome in outcomes] == [True] * 9 + [False]
    assert outcomes[-1]["error"]["code"] == "too_large"


def test_a_deleted_message_is_erased_everywhere_and_stays_deleted(world, sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="a secret", origin="person")
    ann.do("message.edit", space=pair, id="m1", text="a secret still")
    sam.pull()
    tablet = world.phone(ann.transport.caller, "tablet")
    tablet.pull()
    ann.do("message.delete", space=pair, id="m1")
    world.wait(1000)
    assert tablet.do("message.edit", space=pair, id="m1", text="a secret again")["ok"]  # delete wins
    sam.pull(), tablet.pull()
    assert sam.texts(pair) == tablet.texts(pair) == []
    assert "secret" not in whole(world.mongo)


def test_only_its_author_edits_or_deletes_a_message(sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="mine", origin="person")
    for outcome in (
        sam.do("message.edit", space=pair, id="m1", text="yours"),
        sam.do("message.delete", space=pair, id="m1"),
    ):
        assert outcome["error"]["code"] == "forbidden"
    ann.pull()
    assert ann.texts(pair) == ["mine"]


def test_an_id_names_one_message(sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="first", origin="person")
    assert sam.do("message.send", space=pair, id="m1", text="second", origin="person")["error"]["code"] == "id_taken"
    ann.do("message.delete", space=pair, id="m1")
    assert sam.do("message.send", space=pair, id="m1", text="third", origin="person")["error"]["code"] == "id_taken"


def test_a_message_that_is_not_there_cannot_be_changed(ann, pair):
    assert ann.do("message.edit", space=pair, id="nothing", text="x")["error"]["code"] == "not_found"
