"""Working through an outbox."""

import pytest

from sync.push import in_order

DONE = {"ok": True}
NO = {"ok": False, "error": {"code": "wrong_state"}}
NOT_YET = {"ok": False, "error": {"code": "try_later"}}


def doing(outcomes, asked):
    """Return a way to mutate that notes what was asked and gives these outcomes."""

    def mutate(mutations):
        asked.append("".join(mutations))
        return [outcomes[mutation] for mutation in mutations]

    return mutate


@pytest.mark.parametrize("at_once", [1, 2, 3, 9])
def test_a_refused_mutation_blocks_none_behind_it(at_once):
    assert in_order("abc", doing({"a": DONE, "b": NO, "c": DONE}, []), at_once) == {"outcomes": [DONE, NO, DONE]}


@pytest.mark.parametrize(("at_once", "questions"), [(1, ["a", "b"]), (2, ["ab"]), (3, ["abc"])])
def test_one_that_got_no_answer_yet_keeps_all_behind_it(at_once, questions):
    asked = []
    answer = in_order("abc", doing({"a": DONE, "b": NOT_YET, "c": DONE}, asked), at_once)
    assert answer == {"outcomes": [DONE], "later": NOT_YET["error"]}
    assert asked == questions
