"""`flask cohort`: what operators see."""

import json

import pytest

from server.matching.deferred import accept
from server.matching.stability import blocking_pairs, explain, explain_unmatched
from tests.matching.cohorts import generated, invoked
from tests.matching.published import BY_ID, COHORT

FILE = {
    "peers": {"ann": ["sam", "tom"], "bob": ["sam", "una", "tom"], "cem": [], "dee": [["sam", "tom"]]},
    "specialists": {"sam": ["ann", "dee", "bob"], "tom": ["dee"], "una": ["bob"]},
    "capacities": {"sam": 1, "tom": 1, "una": 0},
}


@pytest.fixture
def run(tmp_path):
    def run(command, *options, file=FILE):
        path = tmp_path / "cohort.json"
        path.write_bytes(file if isinstance(file, bytes) else json.dumps(file).encode())
        return invoked(command, str(path), *options)

    return run


def test_an_operator_sees_who_is_matched_and_why_others_are_not(run):
    shown = run("match")
    assert shown.exit_code == 0
    assert shown.output.splitlines() == [
        "ann  sam",
        "bob  -  of 3 listed, 1 did not list them, 1 without places, 1 full with people liked as much or more",
        "cem  -  listed nobody",
        "dee  tom",
        "2 of 4 peers are matched.",
        "Pairs that would rather have each other: 0.",
    ]


def test_promotion_matches_more_and_tells_who_would_rather_have_each_other(run):
    file = {
        "peers": {"ann": ["sam", "tom"], "bob": ["sam"]},
        "specialists": {"sam": ["ann", "bob"], "tom": ["ann"]},
        "capacities": {"sam": 1, "tom": 1},
    }
    assert "1 of 2 peers are matched.\nPairs that would rather have each other: 0.\n" in run("match", file=file).output
    shown = run("match", "--rounds", "1", file=file).output
    assert shown == "ann  tom\nbob  sam\n2 of 2 peers are matched.\nPairs that would rather have each other: 1.\n"
    shown = run("explain", "ann", "sam", "--rounds", "1", file=file).output
    assert shown == "They would rather have each other: ann has tom, and sam would rather have ann than bob.\n"


def test_the_file_of_a_result_says_the_same(run, tmp_path):
    output = tmp_path / "result.json"
    assert (
        run("match", "--output", str(output), "--rounds", "1", "--seed", "märz", file=COHORT._asdict()).exit_code == 0
    )
    found = json.loads(output.read_text())
    matching = accept(*COHORT, rounds=1, seed="märz")
    assert found["matching"] == matching
    assert [tuple(pair) for pair in found["blocking_pairs"]] == blocking_pairs(*COHORT, matching)
    unmatched = explain_unmatched(*COHORT, matching)
    assert found["unmatched"] == {peer: [str(reason) for reason in reasons] for peer, reasons in unmatched.items()}


def test_why_two_people_do_not_have_each_other_is_told(run):
    assert (
        run("explain", "bob", "sam").output
        == "sam is full with people it likes as much as bob or more; ann is the last.\n"
    )
    assert run("explain", "ann", "sam").output == "ann and sam have each other.\n"


def test_what_is_explained_is_what_was_matched_with_the_same_options(run):
    large = generated(5, 12, 4, 1, 3, 4)
    tied = large._replace(specialists={who: [wishes] if wishes else [] for who, wishes in large.specialists.items()})
    said = set()
    for seed in "abcdefgh":
        matching = accept(*tied, seed=seed, rounds=1)
        shown = run("explain", "p00", "s00", "--seed", seed, "--rounds", "1", file=tied._asdict()).output
        assert shown == f"{explain(*tied, matching, 'p00', 's00')}\n"
        said.add(shown)
    assert len(said) > 1


def test_the_published_example_is_matched(run):
    readme = BY_ID["matching-hr-readme"]
    shown = run("match", file={name: readme[name] for name in ("peers", "specialists", "capacities")}).output
    assert shown.startswith("A  C\nD  C\nJ  G\nL  M\nS  M\n")


def test_an_empty_cohort_is_matched(run):
    shown = run("match", file={"peers": {}, "specialists": {}, "capacities": {}})
    assert shown.output == "0 of 0 peers are matched.\nPairs that would rather have each other: 0.\n"


@pytest.mark.parametrize("option", [("--rounds", "4"), ("--rounds", "-1"), ("--chance", "1")])
def test_other_options_than_there_are_are_refused(run, option):
    assert run("match", *option).exit_code == 2
