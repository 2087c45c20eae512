"""The files to deploy with: they parse, speak of what there is, and leave nothing open."""

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
SECRETS = {"MONGO_PASSWORD", "MONGO_KEY", "VALKEY_PASSWORD"}  # of compose, not settings of Beside
COMPOSE = ("compose.yaml", "compose.sharded.yaml")
WORKERS = ("one", "two")
MADE_BY_OPERATORS = {"./tls", "./acme"}


class Loader(yaml.SafeLoader):
    """Reads what compose adds to YAML."""


Loader.add_constructor("!override", lambda loader, node: loader.construct_sequence(node))


def read(name):
    return yaml.load((DEPLOY / name).read_text(), Loader)


BASE, SHARDED = (read(name)["services"] for name in COMPOSE)
# Every service as it is started: of a service that both files have, the parts of the second file replace the first's.
SERVICES = [*BASE.items(), *((name, BASE.get(name, {}) | service) for name, service in SHARDED.items())]
MONGODS = [(name, service) for name, service in SERVICES if service.get("command", [""])[0] == "mongod"]
NAMES = [*BASE, *(f"sharded {name}" for name in SHARDED)]
every_service = pytest.mark.parametrize(("name", "service"), SERVICES, ids=NAMES)


def words(value):
    """Return every text in a part of a compose file."""
    if isinstance(value, str):
        return [value]
    return [word for part in (value.values() if isinstance(value, dict) else value) for word in words(part)]


def example():
    """Return what example.env sets."""
    lines = (DEPLOY / "example.env").read_text().splitlines()
    return dict(line.split("=") for line in lines if line[:1].isupper())


def metrics():
    """Return the names that Prometheus sees."""
    ends = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}
    return {family.name + end for family in REGISTRY.collect() for end in ends[family.type]}


def run(command, cwd, **environment):
    """Run a program of a service, with the other programs of its image replaced by those in ``cwd``."""
    found = {"PATH": f"{cwd}:/usr/bin:/bin", **environment}
    return subprocess.run(command, env=found, cwd=cwd, capture_output=True, text=True, check=True).stdout


def program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)


def test_the_workers_are_given_settings_that_there_are():
    for worker in WORKERS:
        for given in (BASE[worker]["environment"], SHARDED[worker]["environment"]):
            assert set(given) - {"MONGO_KEY"} <= SETTINGS
            assert given.get("MONGO_KEY", "") == ""  # what only the database needs is taken away from them
    assert set(example()) <= SETTINGS | SECRETS


@every_service
def test_every_service_is_limited_looked_after_and_started_again(name, service):
    assert service["restart"] == ("no" if name == "sharding" else "unless-stopped")
    assert {"cpus", "memory"} <= service["deploy"]["resources"]["limits"].keys()
    assert "healthcheck" in service or "build" in service  # the image of Beside brings its own


@every_service
def test_every_service_may_do_little_and_its_logs_do_not_fill_the_disk(name, service):
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert "/tmp" in service["tmpfs"]
    if name == "nginx":
        assert service["cap_add"] == ["CHOWN", "DAC_OVERRIDE", "NET_BIND_SERVICE", "SETGID", "SETUID"]
    else:
        assert "cap_add" not in service
        assert "build" in service or service["user"] in {"mongodb", "valkey"}  # the image of Beside has its own user


@every_service
def test_only_the_proxy_can_be_reached_from_outside(name, service):
    assert ("ports" in service) == (name == "nginx")
    outer = ["default"] if name in {"nginx", *WORKERS} else []
    inner = ["data"] if name != "nginx" else []
    assert service["networks"] == outer + inner
    assert read("compose.yaml")["networks"]["data"] == {"internal": True}


@every_service
def test_what_is_mounted_is_there(name, service):
    sources = {volume.split(":")[0] for volume in service.get("volumes", [])}
    files = {source for source in sources if source.startswith(".")}
    assert all((DEPLOY / file).is_file() for file in files - MADE_BY_OPERATORS)
    assert sources - files <= {volume for file in COMPOSE for volume in read(file)["volumes"]}


@every_service
def test_no_secret_is_written_down(name, service):
    for variable, value in service.get("environment", {}).items():
        if re.search("KEY|PASSWORD|TOKEN|AUTH", variable):
            assert re.fullmatch(r"(\$\{[^}]+\})?", value), variable
        if "://" in value:
            assert re.search(r"://\w*:\$\{[^}]+\}@", value), variable


@every_service
def test_no_secret_is_on_a_command_line(name, service):
    lines = words([service.get(part, []) for part in ("entrypoint", "command")])
    lines += words(service.get("healthcheck", {}).get("test", []))
    assert not re.search(r"(?<!\$)\$\{?\w", " ".join(lines))  # $$ is left for the shell in the container


def test_every_secret_that_is_missing_stops_compose_and_it_says_what_to_do():
    asked = [one for name in COMPOSE for one in re.findall(r"\$\{(.*?)\}", (DEPLOY / name).read_text())]
    found = [re.fullmatch(r"(\w+):\?put a .+ into \.env", one) for one in asked]
    assert all(found)
    assert {one[1] for one in found} == set(example())
    assert set(example().values()) == {""}


@every_service
def test_every_mongodb_asks_for_a_password(name, service):
    if service["image"] == "mongo:8" and name != "sharding":
        assert service["entrypoint"] == ["sh", "/mongo.sh"]


@pytest.mark.parametrize(("name", "service"), MONGODS)
def test_every_mongod_ends_transactions_that_a_killed_worker_left_open(name, service):
    assert service["command"][-2:] == ["--setParameter", "transactionLifetimeLimitSeconds=10"]


@pytest.mark.parametrize(("name", "service"), MONGODS)
def test_every_mongod_is_made_the_replica_set_that_it_is_started_for(name, service):
    given, command = service["environment"], service["command"]
    assert given["REPLICA_SET"] == command[command.index("--replSet") + 1]
    assert given["MEMBER"] == f"{name}:27017"
    assert service["healthcheck"]["test"][-1] == "/replica-set.js"
    assert "./replica-set.js:/replica-set.js:ro" in service["volumes"]


def test_a_config_server_keeps_its_data():
    """Its default directory is another one than that of a shard."""
    assert [SHARDED[name]["volumes"][0] for name in ("config", "shard0", "shard1")] == [
        "config:/data/configdb",
        "shard0:/data/db",
        "shard1:/data/db",
    ]


def test_workers_wait_until_the_collections_are_sharded():
    for worker in WORKERS:
        assert SHARDED[worker]["depends_on"] == {"sharding": {"condition": "service_completed_successfully"}}
    assert SHARDED["sharding"]["depends_on"] == {"mongo": {"condition": "service_healthy"}}
    shards = re.findall(r"(\w+)=", SHARDED["sharding"]["environment"]["SHARDS"])
    assert SHARDED["mongo"]["depends_on"] == {name: {"condition": "service_healthy"} for name in ("config", *shards)}
    assert SHARDED["sharding"]["environment"]["SHARDS"] in (DEPLOY / "shard.js").read_text()


def test_the_key_of_mongodb_is_in_a_file_that_only_its_user_can_read(tmp_path):
    """It is written at every start: a container that is started again finds the old one."""
    (tmp_path / "mongo.sh").write_text((DEPLOY / "mongo.sh").read_text().replace("/tmp/", f"{tmp_path}/"))
    program(tmp_path / "docker-entrypoint.sh", f'echo "$@"; stat -c %a {tmp_path}/key; cat {tmp_path}/key')
    for key in ("one", "another"):
        said = run(["sh", tmp_path / "mongo.sh", "mongod", "--replSet", "rs0"], tmp_path, MONGO_KEY=key)
        assert said == f"mongod --replSet rs0 --keyFile {tmp_path}/key\n400\n{key}\n"


def test_the_password_of_valkey_is_in_a_file_that_only_its_user_can_read(tmp_path):
    program(tmp_path / "valkey-server", 'stat -c %a "$1"; cat "$1"; echo "$@"')
    [text] = BASE["valkey"]["command"]
    said = run([*BASE["valkey"]["entrypoint"], text.replace("$$", "$")], tmp_path, REDISCLI_AUTH="secret")
    assert said.startswith("600\nrequirepass secret\nvalkey.conf --save  --appendonly no ")


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


def test_web_apps_may_read_the_errors_of_the_proxy_itself():
    """Only where nginx has made the answer: Beside says itself who may read its own."""
    before, _, secure = re.split(r"\n    server \{", re.sub(r"#.*", "", (DEPLOY / "nginx.conf").read_text()))
    own = r"map \$upstream_http_access_control_allow_origin \$reader \{\s+default \"\";\s+\"\"\s+\$http_origin;\s+\}"
    assert re.search(own, before)
    assert "\n        add_header Access-Control-Allow-Origin $reader always;" in secure
    assert re.findall(r"\n +add_header", secure) == 2 * ["\n        add_header"], (
        "one in a location would end the others"
    )


def test_the_proxy_serves_everything_by_tls_only_and_limits_each_address():
    conf = re.sub(r"#.*", "", (DEPLOY / "nginx.conf").read_text())
    before, plain, secure = re.split(r"\n    server \{", conf)
    assert re.findall(r"listen (.*);|location (.*) \{\s+([^;]*);", plain) == [
        ("80", "", ""),
        ("", "= /healthz", "proxy_pass http://beside"),
        ("", "/.well-known/acme-challenge/", "root /var/www/acme"),
        ("", "/", "return 301 https://$host$request_uri"),
    ]
    assert re.findall(r"listen (.*);", secure) == ["443 ssl"]
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in secure
    assert "add_header Strict-Transport-Security $hsts always;" in secure
    assert set(re.findall(r"/etc/nginx/tls/(\w+)\.pem", secure)) == {"cert", "key"}
    assert {"limit_conn connections 5000;", "limit_req zone=requests burst=3000 nodelay;"} <= set(
        map(str.strip, before.split("\n"))
    )
