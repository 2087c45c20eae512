"""A decision follows from what is known and from the time, whoever makes it: it can be made again later."""

import pytest

from sync.clock import DAY, HOUR
from tests.lifecycle.matching_fixture import ALWAYS, ok

SUNDAYS = [[6, 0, 1440]]


def told(matching, weekly, exceptions, restart):
    """Return a short list that is made seven hours after its worker has first looked at the specialists."""
    sam, bob, ann = matching.specialist("sam", weekly=weekly), matching.peer("bob"), matching.peer("ann")
    ok(sam.do("availability.set", exceptions=exceptions))
    matching.look(bob)
    matching.world.wait(7 * HOUR)
    if restart:
        matching.restart()
    matching.look(ann)
    return [(one["name"], one["reasons"], one["limit"]) for one in matching.people(ann)]


@pytest.mark.parametrize(
    ("weekly", "exceptions"),
    [(ALWAYS, {}), (SUNDAYS, {}), (SUNDAYS, {"2026-11-29": []}), ([[0, 0, 60]], {"2026-11-29": [[0, 1440]]})],
    ids=["always", "sundays", "next sunday off", "next sunday only"],
)
def test_a_worker_that_has_just_started_decides_the_same_as_one_that_has_not(tell, weekly, exceptions):
    assert tell(told, weekly, exceptions, "restart") == tell(told, weekly, exceptions, "")


def test_two_workers_in_turn_decide_the_same_as_one(tell):
    def story(matching, restart):
        names = ("sam", "tom", "una", "vic", "wim", "xia")
        for count, name in enumerate(names):
            matching.specialist(name, places=1 + count % 2, weekly=[[day, 60 * count, 1440] for day in range(7)])
        lists = []
        for number in range(6):
            peer = matching.peer(f"peer{number}")
            lists.append(matching.look(peer))
            ok(matching.choose(peer, lists[-1][0]))
            if restart:
                matching.restart()
            else:
                matching.world.wait(20_000)
        return lists

    assert tell(story, "restart") == tell(story, "")


def test_each_list_says_what_it_rests_on(matching, sam, ann):
    matching.look(ann)
    [listed] = ann.records("shortlist")
    assert listed["data"].keys() == {"people", "made_at", "valid_until", "policy", "snapshot", "at"}
    assert listed["data"]["valid_until"] == listed["data"]["made_at"] + DAY
