"""How WatermelonDB merges an answer with local rows, also with those that change during a sync."""

import pytest

from tests.adapters.program import Failure
from tests.adapters.watermelondb import consistent


def test_rows_changed_here_and_there_are_merged_column_by_column(app, ann, anns):
    note = anns.create("note", title="old", body="old", mood=1)
    anns.sync(2)
    other = app(ann)
    other.sync()
    anns.update("note", note, title="here")
    other.update("note", note, body="there")
    for each in (other, anns, other):
        each.sync()
    for each in (anns, other):
        row = each.rows("note")[note]
        assert (row["title"], row["body"], row["mood"]) == ("here", "there", 1)
    assert consistent(anns)


def test_the_same_column_is_the_last_pushers(app, ann, anns):
    note = anns.create("note", title="old")
    anns.sync(2)
    other = app(ann)
    other.sync()
    anns.update("note", note, title="here")
    other.update("note", note, title="there")
    for each in (other, anns, other):
        each.sync()
    assert {each.rows("note")[note]["title"] for each in (anns, other)} == {"here"}


def test_a_row_deleted_here_stays_deleted_even_if_its_own_push_comes_back_only_now(anns, sam, space):
    row = anns.send(space, "regretted")
    note = anns.create("note", body="regretted")
    anns.sync()
    anns.do("remove", row=row)
    anns.delete("note", note)
    anns.sync()  # the pull brings both rows, pushed by the sync before
    assert anns.texts(space) == []
    assert not anns.do("dirty")
    sam.sync()
    assert sam.texts(space) == []
    assert consistent(anns)


def test_a_row_deleted_there_is_gone_even_if_it_was_changed_here(app, ann, anns):
    note = anns.create("note", body="x")
    anns.sync()
    ann.do("note.delete", id=note)
    anns.update("note", note, body="y")
    anns.sync(2)
    assert anns.rows("note") == {}
    assert not anns.do("dirty")
    assert consistent(anns)


def test_a_row_deleted_on_both_sides_is_gone_on_both(anns, ann):
    note = anns.create("note", body="x")
    anns.sync()
    ann.do("note.delete", id=note)
    anns.delete("note", note)
    anns.sync(2)
    assert not anns.do("dirty")
    assert consistent(anns)


def test_a_row_changed_there_and_deleted_here_is_deleted(anns, ann):
    note = anns.create("note", body="x")
    anns.sync(2)
    ann.do("note.put", id=note, body="y")
    anns.delete("note", note)
    anns.sync(2)
    assert anns.rows("note") == {}
    ann.sync()
    assert ann.records("note") == []
    assert consistent(anns)


def test_an_edit_made_while_the_push_is_under_way_is_pushed_next_time(anns, ann, space):
    note = anns.create("note", title="first", body="first")
    anns.syncing_while("push", lambda: anns.update("note", note, title="second"))
    assert anns.do("dirty")
    anns.sync(2)
    assert not anns.do("dirty")
    ann.sync()
    [stored] = ann.records("note")
    assert stored["data"] | {"mood": None} == {"title": "second", "body": "first", "mood": None}
    assert consistent(anns)


def test_a_deletion_made_while_the_push_is_under_way_is_pushed_next_time(anns, sam, space):
    row = anns.send(space, "regretted")
    anns.syncing_while("push", lambda: anns.do("remove", row=row))
    anns.sync(2)
    sam.sync()
    assert sam.texts(space) == anns.texts(space) == []
    assert consistent(anns)


def test_a_change_made_there_between_pull_and_push_is_merged_in_one_go(anns, ann):
    note = anns.create("note", title="old", body="old")
    anns.sync(2)
    anns.update("note", note, title="here")
    anns.do("exchanges")
    anns.syncing_while("pull", lambda: ann.do("note.put", id=note, body="there"))
    assert anns.statuses() == [("pull", 200), ("push", 200)]
    anns.sync()
    row = anns.rows("note")[note]
    assert (row["title"], row["body"]) == ("here", "there")
    assert consistent(anns)


def test_an_app_that_strips_what_changed_pulls_again_and_pushes_again(anns, ann):
    note = anns.create("note", title="old", body="old")
    anns.sync(2)
    anns.update("note", note, title="here")
    anns.do("exchanges")
    for _ in range(2):
        anns.do("fault", name="strip", on="push")
    anns.syncing_while("pull", lambda: ann.do("note.put", id=note, body="there"))
    assert anns.statuses() == [("pull", 200), ("push", 409), ("pull", 200), ("push", 200)]
    anns.sync()
    row = anns.rows("note")[note]
    assert (row["title"], row["body"]) == ("here", "there")


def test_a_row_deleted_there_between_pull_and_push_is_gone_after_the_second_try(anns, ann):
    note = anns.create("note", title="old")
    anns.sync(2)
    anns.update("note", note, title="here")
    anns.do("exchanges")
    anns.syncing_while("pull", lambda: ann.do("note.delete", id=note))
    assert anns.statuses() == [("pull", 200), ("push", 409), ("pull", 200)]
    assert anns.rows("note") == {}
    assert not anns.do("dirty")


@pytest.mark.parametrize(("fault", "on"), [(name, on) for name in ("refuse", "lose") for on in ("pull", "push")])
def test_what_failed_is_done_by_the_next_sync_and_only_once(anns, sam, space, fault, on):
    anns.send(space, "hello")
    anns.create("note", body="x")
    cursor = anns.do("cursor")
    anns.do("fault", name=fault, on=on)
    with pytest.raises(Failure):
        anns.sync()
    assert anns.do("dirty")
    assert anns.do("cursor") == cursor or on == "push"
    anns.sync(2)
    assert not anns.do("dirty")
    assert anns.texts(space) == ["hello"]
    sam.sync()
    assert sam.texts(space) == ["hello"]
    assert consistent(anns)


def test_an_edit_after_a_lost_answer_is_not_lost(anns, sam, space):
    row = anns.send(space, "hello")
    anns.do("fault", name="lose", on="push")
    with pytest.raises(Failure):
        anns.sync()
    anns.do("edit", row=row, text="hello, Sam")
    anns.sync(2)
    sam.sync()
    assert sam.texts(space) == anns.texts(space) == ["hello, Sam"]


def test_a_deletion_after_a_lost_answer_is_not_lost(anns, sam, space):
    row = anns.send(space, "hello")
    anns.do("fault", name="lose", on="push")
    with pytest.raises(Failure):
        anns.sync()
    anns.do("remove", row=row)
    anns.sync(2)
    sam.sync()
    assert sam.texts(space) == anns.texts(space) == []
    assert consistent(anns)


def test_a_push_that_arrives_twice_is_done_once(anns, sam, space):
    row = anns.send(space, "hello")
    anns.do("fault", name="twice", on="push")
    anns.sync()
    anns.do("edit", row=row, text="hello, Sam")
    anns.do("fault", name="twice", on="push")
    anns.sync(2)
    sam.sync()
    assert sam.texts(space) == anns.texts(space) == ["hello, Sam"]


def test_a_token_that_has_expired_is_renewed_and_a_stranger_is_told(anns, ann, sam, space):
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    cursor = anns.do("cursor")
    anns.do("setTokens", tokens={**ann.tokens, "access_token": "expired", "refresh_token": "stolen"})
    with pytest.raises(Failure, match="unauthenticated"):
        anns.sync()
    assert (anns.texts(space), anns.do("cursor")) == ([], cursor)
    anns.do("setTokens", tokens={**ann.tokens, "access_token": "expired"})
    anns.sync()
    assert anns.texts(space) == ["hello"]


def test_twenty_answers_lost_in_a_row_do_no_harm(anns, sam, space):
    anns.send(space, "mine")
    for number in range(20):
        sam.do("message.send", space=space, id=f"m{number}", text=f"hello {number}", origin="person")
        anns.do("fault", name="lose", on="pull")
        with pytest.raises(Failure):
            anns.sync()
    anns.sync(2)
    assert anns.texts(space) == [*(f"hello {number}" for number in range(20)), "mine"]
    assert consistent(anns)


def test_a_sync_that_is_called_while_another_runs_comes_after_it(anns, space):
    anns.do("exchanges")
    anns.do("fault", name="hold", on="pull")
    running = [anns.begin("sync")]
    anns.do("reached")
    running.append(anns.begin("sync"))
    anns.send(space, "hello")
    assert anns.statuses() == [("pull", 200)]
    anns.do("release")
    for number in running:
        anns.answer(number)
    assert anns.statuses() == [("push", 200), ("pull", 200)]


def test_calls_of_sync_that_come_together_are_one_after_the_other(anns, sam, space):
    running = []
    for number in range(5):
        anns.send(space, f"hello {number}")
        running.append(anns.begin("sync"))
    for number in running:
        anns.answer(number)
    assert not anns.do("dirty")
    sam.sync()
    assert sorted(sam.texts(space)) == [f"hello {number}" for number in range(5)]
