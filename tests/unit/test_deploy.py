"""The files to deploy with: they parse, and speak of what there is."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from server.observability.metrics import REGISTRY

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
SETTINGS = set(re.findall(r"`([A-Z_]{3,})`", (ROOT / "README.md").read_text().split("## Configuration")[1]))


class Loader(yaml.SafeLoader):
    """Reads what compose adds to YAML."""


Loader.add_constructor("!override", lambda loader, node: loader.construct_sequence(node))


def read(name):
    return yaml.load((DEPLOY / name).read_text(), Loader)


def metrics():
    """Return the names that Prometheus sees."""
    ends = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}
    return {family.name + end for family in REGISTRY.collect() for end in ends[family.type]}


def test_the_workers_are_given_settings_that_there_are():
    for name in ("compose.yaml", "compose.sharded.yaml"):
        for service in ("one", "two"):
            assert set(read(name)["services"][service]["environment"]) <= SETTINGS
    given = [line.split("=")[0] for line in (DEPLOY / "example.env").read_text().splitlines() if line[:1].isupper()]
    assert given
    assert set(given) <= SETTINGS


def test_everything_that_is_started_is_limited_looked_after_and_started_again():
    for name, service in read("compose.yaml")["services"].items():
        assert service["restart"] == "unless-stopped", name
        assert {"cpus", "memory"} <= service["deploy"]["resources"]["limits"].keys(), name
        assert "healthcheck" in service or "build" in service, name  # the image of Beside brings its own


@pytest.mark.parametrize("name", ["grafana.json", "alerts.yaml"])
def test_what_is_drawn_and_what_wakes_people_is_measured(name):
    used = set(re.findall(r"beside_\w+", (DEPLOY / name).read_text()))
    assert used
    assert used <= metrics()


def test_systemd_understands_the_service(tmp_path):
    """Its paths are those of a machine that it is installed on; here there are others."""
    service = (DEPLOY / "beside.service").read_text()
    here = service.replace("/opt/beside/.venv/bin/gunicorn", sys.executable).replace("/opt/beside", str(ROOT))
    (tmp_path / "beside.service").write_text(here)
    command = ["systemd-analyze", "verify", tmp_path / "beside.service"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")
    assert "Restart=always" in service


def test_everything_that_is_measured_is_drawn():
    drawn = (DEPLOY / "grafana.json").read_text()
    names = set(re.findall(r"beside_[a-z_]+?(?=_total|_bucket|\W)", drawn))
    assert {family.name for family in REGISTRY.collect()} <= names
    panels = json.loads(drawn)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_the_proxy_passes_on_neither_metrics_nor_the_largest_bodies():
    conf = (DEPLOY / "nginx.conf").read_text()
    assert re.search(r"location ~ \^/\(metrics\|readyz\)\$ \{\s+return 404;", conf)
    assert "client_max_body_size 4m;" in conf
    assert conf.count("{") == conf.count("}")
