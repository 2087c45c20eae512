"""The story card: a peer's own, shown where they share it and nowhere else."""

from sync.clock import DAY
from tests.lifecycle.matching_fixture import no, ok


def cards(phone):
    phone.sync()
    return [row["data"]["text"] for row in phone.records("story_card")]


def test_a_story_is_shown_only_where_it_is_shared_and_as_it_is_now(matching, sam, tom, ann):
    first, second = matching.bond(ann, sam, "r1"), matching.bond(ann, tom, "r2")
    ok(ann.do("story.edit", text="once"))
    assert (cards(sam), cards(tom)) == ([], [])
    ok(ann.do("story.share", space=first))
    ok(ann.do("story.edit", text="once upon a time"))
    assert (cards(sam), cards(tom)) == (["once upon a time"], [])
    ok(ann.do("story.share", space=second))
    assert cards(tom) == ["once upon a time"]


def test_a_story_can_be_taken_back_and_shared_again(matching, sam, ann):
    space = matching.bond(ann, sam)
    ok(ann.do("story.edit", text="once"))
    ok(ann.do("story.share", space=space))
    ok(ann.do("story.unshare", space=space))
    ok(ann.do("story.edit", text="twice"))
    assert (cards(sam), [row["data"]["shared"] for row in ann.records("story")]) == ([], [[]])
    ok(ann.do("story.share", space=space))
    assert cards(sam) == ["twice"]


def test_what_is_written_after_parting_is_not_shown_to_who_one_parted_from(matching, sam, ann):
    space = matching.bond(ann, sam)
    ok(ann.do("story.edit", text="once"))
    ok(ann.do("story.share", space=space))
    ok(ann.do("pairing.rematch", pairing=space.removeprefix("pair:")))
    ok(ann.do("story.edit", text="what he did"))
    assert "what he did" not in str(cards(sam))


def test_a_story_can_be_taken_back_from_a_pairing_that_has_ended(matching, sam, ann):
    space = matching.bond(ann, sam)
    ok(ann.do("story.edit", text="once"))
    ok(ann.do("story.share", space=space))
    ok(ann.do("pairing.end", pairing=space.removeprefix("pair:")))
    ok(ann.do("story.unshare", space=space))
    assert cards(sam) == []
    assert no(ann.do("story.share", space=space)) == ("wrong_state", "ended")


def test_the_next_person_sees_only_what_is_shared_with_them(matching, sam, tom, ann):
    space = matching.bond(ann, sam)
    ok(ann.do("story.edit", text="once"))
    ok(ann.do("story.share", space=space))
    ok(sam.do("note.put", id="n", title="about Ann", body="private"))
    ok(sam.do("specialist.leave", until=matching.world.time + DAY))
    matching.settle()
    matching.bond(ann, tom, matching.next_request(space))
    assert cards(tom) == []
    assert space not in tom.spaces()
    assert "private" not in str(tom.replica)


def test_a_story_is_the_peers(matching, sam, ann, bob):
    space = matching.bond(ann, sam)
    assert no(sam.do("story.edit", text="mine"))[0] == "forbidden"
    assert no(ann.do("story.share", space=space))[0] == "not_found"
    ok(bob.do("story.edit", text="mine"))
    assert no(bob.do("story.share", space=space))[0] == "not_found"
    assert no(bob.do("story.unshare", space=space))[0] == "not_found"
    ok(ann.do("story.unshare", space=space))


def test_the_later_text_wins_whichever_phone_is_online_first(matching, sam, ann):
    space, tablet = matching.bond(ann, sam), matching.second(ann)
    ok(ann.do("story.edit", text="once"))
    ok(ann.do("story.share", space=space))
    tablet.pull()
    ann.does("story.edit", text="early")
    matching.world.wait(1000)
    ok(tablet.do("story.edit", text="late"))
    ok(ann.push()[-1])
    assert cards(sam) == ["late"]
