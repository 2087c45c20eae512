"""Messages, as two people meet them, and as a stranger does not."""

from schemas.message import LONGEST, REVISIONS


def test_a_message_reaches_the_other_phone(sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="hello")
    sam.pull()
    assert sam.texts(pair) == ["hello"]


def test_messages_are_shown_in_the_order_in_which_the_server_took_them(world, sam, ann, pair):
    ann.clock.tick(world.time + 10**9)  # a phone whose clock is twelve days ahead
    ann.do("message.send", space=pair, id="m1", text="first")
    sam.do("message.send", space=pair, id="m2", text="second")
    sam.pull(), ann.pull()
    assert sam.texts(pair) == ann.texts(pair) == ["first", "second"]


def test_any_unicode_of_any_length_up_to_the_limit_arrives_as_it_was(sam, ann, pair):
    texts = ["🫂" * LONGEST, "\u202etxet", "e\u0301", "\x00", '{"$ne": 1}', "$where", "a.b", " "]
    for number, text in enumerate(texts):
        assert ann.do("message.send", space=pair, id=f"m{number}", text=text)["ok"]
    sam.pull()
    assert sam.texts(pair) == texts


def test_a_text_that_is_empty_or_too_long_is_refused_by_name(ann, pair):
    for text in ("", "x" * (LONGEST + 1), None, 7, {"$ne": 1}):
        outcome = ann.do("message.send", space=pair, id="m1", text=text)
        assert outcome["error"]["code"] == "bad_request"
        assert outcome["error"]["details"]["field"] == "args.text"


def test_an_answer_names_what_it_answers(sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="how are you?")
    sam.do("message.send", space=pair, id="m2", text="better", reply_to="m1")
    ann.pull()
    assert ann.records("message", pair)[1]["data"]["reply_to"] == "m1"


def test_nobody_speaks_in_the_name_of_the_system(ann, pair):
    outcome = ann.do("message.send", space=pair, id="m1", text="Welcome.", origin="system")
    assert outcome["error"]["code"] == "forbidden"


def test_an_edited_message_keeps_its_place_and_its_former_texts(world, sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="helo")
    ann.do("message.send", space=pair, id="m2", text="are you there?")
    ann.do("message.edit", space=pair, id="m1", text="hello")
    sam.pull()
    assert sam.texts(pair) == ["hello", "are you there?"]
    assert sam.records("message", pair)[0]["data"]["edited"]
    row = world.mongo.records.find_one({"id": "m1"})
    assert [revision["text"] for revision in row["hidden"]["revisions"]] == ["helo", "hello"]
    assert "helo" not in str(sam.replica)


def test_the_later_of_two_edits_wins_whichever_arrives_first(world, sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="one")
    tablet = world.phone(ann.transport.caller, "tablet")
    tablet.pull()
    ann.does("message.edit", space=pair, id="m1", text="earlier")
    world.wait(1000)
    tablet.do("message.edit", space=pair, id="m1", text="later")
    ann.sync(), tablet.sync(), sam.sync()
    assert sam.texts(pair) == ann.texts(pair) == tablet.texts(pair) == ["later"]


def test_a_message_can_be_edited_only_so_often(ann, pair):
    ann.do("message.send", space=pair, id="m1", text="0")
    outcomes = [ann.do("message.edit", space=pair, id="m1", text=str(n)) for n in range(1, REVISIONS + 1)]
    assert [outcome["ok"] for outcome in outcomes] == [True] * (REVISIONS - 1) + [False]
    assert outcomes[-1]["error"]["code"] == "too_large"


def test_a_long_message_can_be_edited_less_often(ann, pair):
    ann.do("message.send", space=pair, id="m1", text="x" * LONGEST)
    outcomes = [ann.do("message.edit", space=pair, id="m1", text=str(n) * LONGEST) for n in range(10)]
    assert [outcome["ok"] for outcome in outcomes] == [True] * 9 + [False]
    assert outcomes[-1]["error"]["code"] == "too_large"


def test_a_deleted_message_is_erased_everywhere_and_stays_deleted(world, sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="a secret")
    ann.do("message.edit", space=pair, id="m1", text="a secret still")
    sam.pull()
    tablet = world.phone(ann.transport.caller, "tablet")
    tablet.pull()
    ann.do("message.delete", space=pair, id="m1")
    world.wait(1000)
    assert tablet.do("message.edit", space=pair, id="m1", text="a secret again")["ok"]  # delete wins
    sam.pull(), tablet.pull()
    assert sam.texts(pair) == tablet.texts(pair) == []
    for collection in world.mongo.list_collection_names():
        assert "secret" not in str(list(world.mongo[collection].find()))


def test_only_its_author_edits_or_deletes_a_message(sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="mine")
    for outcome in (
        sam.do("message.edit", space=pair, id="m1", text="yours"),
        sam.do("message.delete", space=pair, id="m1"),
    ):
        assert outcome["error"]["code"] == "forbidden"
    ann.pull()
    assert ann.texts(pair) == ["mine"]


def test_an_id_names_one_message(sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="first")
    assert sam.do("message.send", space=pair, id="m1", text="second")["error"]["code"] == "id_taken"
    ann.do("message.delete", space=pair, id="m1")
    assert sam.do("message.send", space=pair, id="m1", text="third")["error"]["code"] == "id_taken"


def test_a_message_that_is_not_there_cannot_be_changed(ann, pair):
    assert ann.do("message.edit", space=pair, id="nothing", text="x")["error"]["code"] == "not_found"
