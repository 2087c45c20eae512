"""The live connection of `@beside/client` on a server that sends raw frames, in Node and in Chromium."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.client.bundled import ESBUILD

HERE = Path(__file__).parent
CASE = re.compile(r'^  "(.+)": async \(.*\) => \{$', re.MULTILINE)
CASES, OF_PHONES = (CASE.findall((HERE / name).read_text()) for name in ("wire_cases.mjs", "wire_phone.mjs"))
RUN = f"""
import {{ run }} from "{(HERE / "wire_cases.mjs").as_uri()}";
console.log(JSON.stringify(await run(process.argv[1])));
process.exit();
"""
ENDS = f"""
import {{ connect }} from "{(HERE.parent.parent / "client" / "dist" / "wire.js").as_uri()}";
const live = connect(process.argv[1], {{ auth: {{}}, timeout: 600_000 }});
live.on("connect", async () => {{
  console.log(await live.timeout(600_000).emitWithAck("echo", "done"));
  live.timeout(600_000).emitWithAck("nothing", {{}}).catch(() => {{}});
  live.disconnect();
}});
connect(`${{process.argv[1]}}/?mute`, {{ auth: {{}}, timeout: 600_000 }}).disconnect();
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wire")
    options = ["--bundle", "--format=esm", "--target=es2022", "--log-level=warning", f"--outdir={folder}"]
    subprocess.run([ESBUILD, HERE / "wire_cases.mjs", *options], check=True, timeout=60)
    with subprocess.Popen(["node", HERE / "wire_server.mjs", folder], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.kill()


def node(*arguments, within=100):
    done = subprocess.run(["node", *arguments], capture_output=True, text=True, timeout=within, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def in_node(address):
    return json.loads(node("--input-type=module", "--eval", RUN, address))


@pytest.fixture(scope="module")
def in_chromium(address, browser):
    page = browser.new_page()
    page.goto(address)
    found = page.evaluate("async (address) => (await import('/wire_cases.js')).run(address)", address)
    page.close()
    return found


@pytest.fixture(scope="module")
def of_phones(address):
    return json.loads(node(HERE / "wire_phone.mjs", address))


@pytest.mark.parametrize("case", CASES)
def test_in_node(in_node, case):
    assert in_node[case] is True, in_node[case]


@pytest.mark.parametrize("case", CASES)
def test_in_chromium(in_chromium, case):
    assert in_chromium[case] is True, in_chromium[case]


@pytest.mark.parametrize("case", OF_PHONES)
def test_phones(of_phones, case):
    assert of_phones[case] is True, of_phones[case]


def test_a_process_whose_connections_are_over_ends_by_itself(address):
    assert node("--input-type=module", "--eval", ENDS, address, within=60) == "done\n"
