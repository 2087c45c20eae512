"""The file of a cohort, when something is wrong with it."""

import json

import pytest

from tests.matching.cohorts import invoked


@pytest.fixture
def run(tmp_path):
    def run(command, *options, file=FILE):
        path = tmp_path / "cohort.json"
        path.write_bytes(file if isinstance(file, bytes) else json.dumps(file).encode())
        return invoked(command, str(path), *options)

    return run


FILE = {
    "peers": {"ann": ["sam", "tom"], "bob": ["sam", "una", "tom"], "cem": [], "dee": [["sam", "tom"]]},
    "specialists": {"sam": ["ann", "dee", "bob"], "tom": ["dee"], "una": ["bob"]},
    "capacities": {"sam": 1, "tom": 1, "una": 0},
}


def changed(**fields):
    return {**FILE, **fields}


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"{", "cohort.json: Expecting"),
        (b"\xff\xfe\xfa", "cohort.json: 'utf"),
        (b"[" * 100_000, "cohort.json: "),
        (b"[]", "cohort.json: Write {peers: "),
        (b'{"peers": {"ann": [], "ann": []}}', "cohort.json: 'ann' is there twice."),
        ({"peers": {}, "specialists": {}}, "capacities: Send this field"),
        (changed(rounds=1), "rounds: There is no such field"),
        (changed(peers=[]), "peers: Use a JSON object"),
        (changed(peers={"ann": "sam"}), "peers.ann: Use a list"),
        (changed(peers={"ann": ["sam", 3]}), "peers.ann.1: Use a text"),
        (changed(peers={"ann": [["sam", [["tom"]]]]}), "peers.ann.0: Use a text"),
        (changed(peers={"value": ["sam", []]}), "peers.value.1: A group of equals cannot be empty"),
        (changed(peers={" ann": []}), "peers. ann: Use 1 to 80 characters"),
        (changed(peers={"ann ": []}), "peers.ann : Use 1 to 80 characters"),
        (changed(peers={"a\nb": []}), "Use 1 to 80 characters"),
        (changed(peers={"\x1b[2J": []}), "Use 1 to 80 characters"),
        (changed(peers={"\ud800": []}), "Use 1 to 80 characters"),
        (changed(peers={"ann": ["sma"]}), "peers.ann: 'sma' is not among the specialists"),
        (changed(specialists={**FILE["specialists"], "tom": ["dee", ["zoe"]]}), "specialists.tom: 'zoe' is not among"),
        (changed(peers={**FILE["peers"], "cem": ["sam", "tom", "sam"]}), "list of peer 'cem' names 'sam' twice"),
        (changed(capacities={"sam": 1, "tom": 1}), "Specialist 'una' has no capacity"),
        (changed(capacities={**FILE["capacities"], "zoe": 1}), "capacity for 'zoe'"),
        (changed(capacities={**FILE["capacities"], "tom": -1}), "capacities.tom: Use a number from 0 to 1000"),
        (changed(capacities={**FILE["capacities"], "tom": 1.5}), "capacities.tom: Use a whole number"),
        (changed(capacities={**FILE["capacities"], "tom": "1"}), "capacities.tom: Use a whole number"),
    ],
)
def test_a_bad_file_is_refused_by_the_name_of_the_field(run, tmp_path, file, words):
    output = tmp_path / "result.json"
    output.write_text("precious")
    shown = run("match", "--output", str(output), file=file)
    assert shown.exit_code == 1
    assert shown.output.startswith("Error: ")
    assert words in shown.output
    assert output.read_text() == "precious"


def test_whoever_is_not_in_the_file_is_not_explained(run):
    shown = run("explain", "zoe", "sam")
    assert (shown.exit_code, shown.output) == (1, "Error: 'zoe' is not among the peers.\n")


def test_a_name_typed_on_another_keyboard_is_the_same_name(run):
    """Accents that are typed apart (NFD) and composed ones (NFC)."""
    one, other = "Zo\u00eb", "Zoe\u0308"
    file = {"peers": {one: ["sam"]}, "specialists": {"sam": [other]}, "capacities": {"sam": 1}}
    assert "1 of 1 peers are matched." in run("match", file=file).output
    assert run("explain", other, "sam", file=file).output == run("explain", one, "sam", file=file).output
    twice = run("match", file={**file, "peers": {one: ["sam"], other: []}})
    assert f"'{one}' is there twice." in twice.output
