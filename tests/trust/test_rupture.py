"""The rupture hint: the published table, exact arithmetic, another language, and how often it is wrong."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.trust.rupture import CONSTANTS, _answers, _usual, hint, hints
from tests.trust.exact import exact

ROOT = Path(__file__).parents[2]
TABLE = json.loads((ROOT / "docs/vectors/rupture.json").read_text(encoding="utf-8"))

thirds = st.lists(st.one_of(st.none(), st.integers(0, 30)), max_size=24)  # of a point: the mean of three items
wholes = st.lists(st.one_of(st.none(), st.integers(0, 10).map(float)), max_size=24)


def repaired(series: Sequence[float | None]) -> bool:
    """Tell whether the latest answer since the last hint is back at what was usual then, as an app may do by itself.

    Neither without a hint nor without an answer after it.
    """
    flag = max((at for at, found in enumerate(hints(series)) if found), default=0)  # before 0 nothing is usual
    usual, since = _usual(series[:flag]), _answers(series[flag + 1 :])
    return usual is not None and bool(since) and not usual.below(since[-1], CONSTANTS.repair_sd, CONSTANTS.floor_sd)


@pytest.mark.parametrize("vector", TABLE["vectors"], ids=lambda vector: vector["name"])
def test_every_published_series_has_the_hints_that_the_table_says(vector):
    series = vector["series"]
    assert hints(series) == vector["expected"]
    assert [hint(series[: at + 1]) for at in range(len(series))] == vector["expected"]
    assert [repaired(series[: at + 1]) for at in range(len(series))] == vector["repaired"]


def test_the_published_constants_are_those_of_the_program():
    assert {"version": TABLE["version"], **TABLE["params"]} == asdict(CONSTANTS)


@settings(max_examples=300)
@given(thirds)
def test_hints_are_those_of_exact_arithmetic(series):
    assert hints([None if value is None else value / 3 for value in series]) == exact(series)


@settings(max_examples=200)
@given(st.lists(st.integers(4, 10).map(lambda value: 5 * value), min_size=5, max_size=5))
def test_what_is_exactly_at_a_bound_is_not_below_it_whatever_the_mean(before):
    series = [*before, sum(before) // 5 - 12]  # in fifths: 2.4 below the mean, which binary numbers often miss
    assert hints([value / 5 for value in series]) == exact(series, scale=5)


@settings(max_examples=100)
@given(wholes, st.sampled_from([-40, -1, 0.5, 3, 100]))
def test_only_changes_count_not_how_high_somebody_is(series, more):
    moved = [None if value is None else value + more for value in series]
    assert (hints(moved), repaired(moved)) == (hints(series), repaired(series))


@settings(max_examples=100)
@given(wholes)
def test_there_is_no_hint_before_the_fifth_answer_nor_for_two_check_ins_after_one(series):
    found = hints(series)
    for at in (at for at, what in enumerate(found) if what):
        assert series[at] is not None
        assert sum(value is not None for value in series[:at]) >= 4
        assert not any(found[at + 1 : at + 3])


@settings(max_examples=100)
@given(wholes, wholes)
def test_what_was_said_is_not_changed_by_what_comes_later(series, later):
    assert hints([*series, *later])[: len(series)] == hints(series)


def test_there_is_no_hint_where_there_is_no_check_in():
    assert hint([]) is None


@given(st.lists(st.integers(0, 10), max_size=24).map(sorted))
def test_who_never_falls_gets_no_hint(series):
    assert not any(hints(series))
    assert not repaired(series)


def test_the_words_of_the_table_suffice_for_another_language():
    random = Random(7)
    invented = [_series(random, fall=fall) for fall in (0, 1, 3) for _ in range(100)]
    series = [*(vector["series"] for vector in TABLE["vectors"]), *invented]
    ours = [{"hints": hints(one), "repaired": repaired(one)} for one in series]
    assert {what for one in ours for what in one["hints"]} == {"strict", "soft", "drift", None}
    assert {one["repaired"] for one in ours} == {True, False}
    ran = subprocess.run(
        ["node", ROOT / "tests/clients/rupture.mjs"],
        input=json.dumps({"params": TABLE["params"], "series": series}),
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    assert json.loads(ran.stdout) == ours


def _series(random: Random, *, fall: float) -> list[float | None]:
    """Return 16 check-ins, some skipped, that fall after the eighth."""
    usual, noise = random.uniform(6, 9), random.uniform(0.4, 1.4)
    values = [random.gauss(usual - fall * (at >= 8), noise) for at in range(16)]
    return [None if random.random() < 0.15 else round(min(max(value, 0), 10) * 3) / 3 for value in values]


def test_a_step_is_hinted_at_and_a_calm_series_seldom_is():
    random = Random(1)
    calm = [what for _ in range(1000) for what in hints(_series(random, fall=0))]
    steps = [any(hints(_series(random, fall=3))[8:]) for _ in range(1000)]
    assert 0.015 < sum(what is not None for what in calm) / len(calm) < 0.025
    assert sum(steps) / len(steps) > 0.95
