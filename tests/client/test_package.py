"""The package `@beside/client`: packed, installed from the tarball into a new project, and run."""

import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.client.bundled import CLIENT
from tests.conftest import PASSPHRASE, ROOT

APP = Path(__file__).parent / "app"
NOT_OF_APPS = {".bin", ".package-lock.json", ".installed", "esbuild", "@esbuild", "typescript", "@typescript"}
NOT_OF_APPS |= {"fake-indexeddb", "node-sqlite3-wasm"}  # with which the package itself is tested
OF_THE_APP = ("socket.io-client", "socket.io-parser")  # whose `io` an app may give to the client
LIBRARIES = ROOT / "tests" / "clients" / "node_modules"
PROJECT = {"name": "app", "private": True, "type": "module"}
STRICT = {"strict": True, "module": "nodenext", "target": "es2022", "noUncheckedIndexedAccess": True, "types": []}


@pytest.fixture(scope="module")
def tarball(tmp_path_factory):
    assert (CLIENT / "dist" / "index.js").exists(), "run 'make client/dist/.built'"
    folder = tmp_path_factory.mktemp("packed")
    run("npm", "pack", "--silent", "--pack-destination", folder, cwd=CLIENT)
    [packed] = folder.iterdir()
    return packed


@pytest.fixture(scope="module")
def project(tarball, tmp_path_factory):
    """Return a new project with the package in it. Its dependencies are there already: nothing is fetched."""
    folder = tmp_path_factory.mktemp("project")
    ours = shutil.ignore_patterns(*NOT_OF_APPS)
    shutil.copytree(CLIENT / "node_modules", folder / "node_modules", ignore=ours)
    (folder / "package.json").write_text(json.dumps(PROJECT))
    run("npm", "install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", tarball, cwd=folder)
    for name in OF_THE_APP:
        shutil.copytree(LIBRARIES / name, folder / "node_modules" / name)
    for path in APP.iterdir():
        shutil.copy(path, folder)
    (folder / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": STRICT, "files": ["right.ts", "sockets.ts", "wrong.ts"]})
    )
    return folder


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_package_has_what_it_needs_and_nothing_else(tarball):
    with tarfile.open(tarball) as packed:
        names = {name.removeprefix("package/") for name in packed.getnames()}
    others = {name for name in names if not name.startswith("dist/")}
    assert others == {"package.json", "README.md", "LICENSE"}
    built = {f"dist/{path.name}" for path in (CLIENT / "dist").iterdir() if path.name != ".built"}
    assert names - others == built
    sources = {path.stem for path in (CLIENT / "src").glob("*.ts")}
    assert built == {f"dist/{name}{end}" for name in sources for end in (".js", ".d.ts")}


def test_an_app_compiles_against_it_and_wrong_arguments_do_not(project):
    run(CLIENT / "node_modules" / ".bin" / "tsc", "--noEmit", cwd=project)


def test_the_compiler_finds_what_is_wrong_by_itself(project):
    text = (project / "wrong.ts").read_text()
    (project / "unmarked.ts").write_text(text.replace("@ts-expect-error", ""))
    options = ["--ignoreConfig", "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"]
    command = [CLIENT / "node_modules" / ".bin" / "tsc", *options, "unmarked.ts"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=200, check=False)
    assert done.stdout.count("error TS") == text.count("@ts-expect-error")


def test_an_app_that_was_compiled_runs_in_node(project, server):
    run(CLIENT / "node_modules" / ".bin" / "tsc", cwd=project)
    handle = server.user()["handle"]
    said = json.loads(run("node", "run.mjs", server.address, handle, PASSPHRASE, cwd=project))
    assert said["refused"] == "unauthenticated"
    assert (said["ok"], said["titles"]) == (True, ["from a tarball"])
    assert said["elsewhere"] not in {"done", "refused"}, "the code of the server's refusal"


def test_an_app_may_give_it_a_connection_of_socket_io_client_or_one_around_its_own(project, server):
    run(CLIENT / "node_modules" / ".bin" / "tsc", cwd=project)
    said = json.loads(run("node", "run-sockets.mjs", server.address, server.user()["handle"], PASSPHRASE, cwd=project))
    assert said == {"titles": [["of 0", "of 1"]] * 2, "counts": [1, 1]}
