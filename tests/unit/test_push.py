"""Working through an outbox."""

from sync.push import in_order

DONE = {"ok": True}
NO = {"ok": False, "error": {"code": "wrong_state"}}
NOT_YET = {"ok": False, "error": {"code": "try_later"}}


def test_a_refused_mutation_blocks_none_behind_it():
    outcomes = {"a": DONE, "b": NO, "c": DONE}
    assert in_order("abc", outcomes.get) == [DONE, NO, DONE]


def test_one_that_got_no_answer_yet_keeps_all_behind_it():
    asked = []

    def mutate(mutation):
        asked.append(mutation)
        return {"a": DONE, "b": NOT_YET, "c": DONE}[mutation]

    assert in_order("abc", mutate) == [DONE]
    assert asked == ["a", "b"]
