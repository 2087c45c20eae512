"""The picture of what was measured shows what was measured."""

import orjson
import pytest

from bench.plot import PANELS, draw, values

PANEL = PANELS[0]


def write(results, **rows: list[float]) -> None:
    names = {"ours": "Beside", "node": "Node + insertOne"}
    samples = {names[row]: [{"per_second": one} for one in found] for row, found in rows.items()}
    (results / "path.json").write_bytes(orjson.dumps({"samples": samples}))


def test_ours_is_the_median_and_node_is_from_the_same_run(tmp_path):
    write(tmp_path, ours=[3000, 10, 2000], node=[1, 900, 1000])
    assert values(PANEL, tmp_path) == [2000, 1570, 1751, 900, 715, 239, 50]


def test_what_was_not_measured_is_asked_for(tmp_path):
    with pytest.raises(RuntimeError, match="python -m bench path"):
        values(PANEL, tmp_path)


def test_the_same_figures_make_the_same_picture_and_others_another():
    figures = [[1.0 * (place + row) for place in range(1, 8)] for row, _ in enumerate(PANELS)]
    first = draw(figures)
    assert first.startswith(b"<?xml")
    assert first == draw(figures)
    figures[0][0] = 99.0
    assert first != draw(figures)
