"""Numbers of few people are hidden, also from those who can add and subtract."""

from collections.abc import Mapping

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from server.queries.figures import COUNTED, KNOWN, PASSING, WHOLES
from server.queries.suppression import LEAST, shown

few_or_many = st.one_of(st.integers(0, 12), st.integers(0, 60))
PARTS = ("kept_30_days", "ended_sooner", "too_early", "unmet", "withdrawn", "waiting")


def counted(**parts: int) -> dict[str, int]:
    met = sum(parts[name] for name in WHOLES["met"])
    return {"opened": met + parts["unmet"] + parts["withdrawn"] + parts["waiting"], "met": met, **parts}


def possible(told: Mapping[str, int | None], name: str) -> tuple[float, float]:
    """Return the least and the most that a number may be, for a reader who knows how the numbers add up."""
    known = [name for name, count in told.items() if count is not None]
    rows = [[float(one == whole) - float(one in parts) for one in COUNTED] for whole, parts in WHOLES.items()]
    rows += [[float(one == name) for one in COUNTED] for name in known]
    sums = [0.0] * len(WHOLES) + [float(told[name] or 0) for name in known]
    aim = np.array([float(one == name) for one in COUNTED])
    bounds = [linprog(sign * aim, A_eq=rows, b_eq=sums, bounds=(0, 1000), method="highs").fun for sign in (1, -1)]
    return bounds[0], -bounds[1]


@given(st.fixed_dictionaries(dict.fromkeys(PARTS, few_or_many)))
@example(dict(zip(PARTS, (60, 0, 0, 20, 12, 3), strict=True)))  # one small part: it would be what is left
@example(dict(zip(PARTS, (60, 0, 0, 0, 0, 0), strict=True)))  # all small parts together are none
@example(dict(zip(PARTS, (40, 3, 30, 25, 30, 4), strict=True)))  # a small part at either level
@example(dict(zip(PARTS, (20, 0, 0, 2, 3, 5), strict=True)))  # enough is hidden only with what the queue shows
@example(dict(zip(PARTS, (0, 0, 0, 2, 1, 40), strict=True)))  # nearly all still wait
@settings(max_examples=40)
def test_no_hidden_number_can_be_computed_and_no_small_one_is_shown(parts):
    """Not by operators either, who see in the queue how many wait, and so that no fewer searches began."""
    told = shown(counted(**parts), WHOLES, PASSING, KNOWN)
    small = {name for name, count in told.items() if count is not None and count < LEAST}
    assert small <= {*KNOWN, *(name for name in PASSING if told[name] == 0)}
    in_the_queue = {name: parts[name] for name in KNOWN}
    for seen in (told, told | in_the_queue):
        for name in (name for name, count in seen.items() if count is None):
            least, most = possible(seen, name)
            sure = parts["waiting"] if name == "opened" and seen["waiting"] is not None else 0
            assert (least <= sure, most >= LEAST - 1) == (True, True), (name, least, most, told)


@given(st.fixed_dictionaries(dict.fromkeys(PARTS, st.integers(LEAST, 60))))
@settings(max_examples=20)
def test_nothing_is_hidden_if_nothing_is_small(parts):
    assert shown(counted(**parts), WHOLES, PASSING, KNOWN) == counted(**parts)
    nobody = counted(**parts | dict.fromkeys((*PASSING, *KNOWN), 0))
    assert shown(nobody, WHOLES, PASSING, KNOWN) == nobody


def test_as_little_as_possible_is_hidden():
    for parts, hidden in (
        ((60, 15, 12, 20, 12, 3), []),
        ((60, 15, 12, 20, 8, 3), ["unmet", "withdrawn"]),
        ((60, 15, 12, 7, 8, 3), ["unmet", "withdrawn"]),
        ((60, 15, 4, 20, 12, 3), ["ended_sooner", "too_early"]),
    ):
        told = shown(counted(**dict(zip(PARTS, parts, strict=True))), WHOLES, PASSING, KNOWN)
        assert [name for name, count in told.items() if count is None] == hidden
