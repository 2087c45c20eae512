"""The code of docs/react-native.md, in Node: SQLite is real, the modules of the phone are stubs that tests call."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.adapters.documented import FILE
from tests.client.bundled import CLIENT
from tests.conftest import PASSPHRASE, ROOT

PAGE = (ROOT / "docs" / "react-native.md").read_text()
EXPO = Path(__file__).parent / "expo.mjs"
STAND_INS = {
    "react-native-get-random-values": "",
    "react-native": """export const heard = []; // listeners
        export const AppState = { addEventListener: (name, listener) => heard.push(listener) };""",
    "@react-native-community/netinfo": """export const heard = [];
        export default { addEventListener: (listener) => heard.push(listener) };""",
    "expo-sqlite": f"""import {{ openDatabase }} from "{EXPO.as_uri()}";
        export const openDatabaseAsync = async (name) => openDatabase(name);""",
    "expo-task-manager": """export const tasks = new Map();
        export const defineTask = (name, work) => void tasks.set(name, work);""",
    "expo-background-task": """import { tasks } from "expo-task-manager";
        export const BackgroundTaskResult = { Success: 1, Failed: 2 };
        export const registerTaskAsync = async (name) => tasks.has(name);""",
    "react": "export const useSyncExternalStore = (subscribe, value) => (subscribe(() => {})(), value());",
}
RUN = """
import { heard as network } from "@react-native-community/netinfo";
import { heard as app } from "react-native";
import { tasks } from "expo-task-manager";
import { stayAwake } from "./awake.js";
import { syncInBackground } from "./background.js";
import { phone } from "./phone.js";
import { useValue } from "./use-value.js";

const [handle, passphrase] = process.argv.slice(2);
delete AbortSignal.prototype.throwIfAborted; // as in React Native
const live = (beside) => new Promise((done) => beside.status.subscribe(({ state }) => state === "live" && done()));
const beside = await phone();
await stayAwake();
const registered = await syncInBackground();
const early = await tasks.get("beside-sync")(); // nobody is signed in
await beside.signIn({ handle, passphrase });
await live(beside);
app[0]("active");
network[0]({ isConnected: true });
const sent = await beside.do("note.put", { id: "n1", title: "in SQLite", body: "" });
const { ok } = await sent.outcome;
const late = await tasks.get("beside-sync")();
const notes = useValue(beside.records({ kind: "note" })).map(({ data }) => data.title);
console.log(JSON.stringify({ same: beside === (await phone()), registered, early, ok, late, notes }));
await beside.close();
"""


@pytest.fixture
def app(tmp_path, server):
    """Return a folder with the files of the page, and the modules that they import."""
    for name, text in FILE.findall(PAGE):
        (tmp_path / name).write_text(text.replace("https://beside.example.org", server.address))
    for name, text in STAND_INS.items():
        folder = tmp_path / "node_modules" / name
        folder.mkdir(parents=True)
        (folder / "index.js").write_text(text)
        (folder / "package.json").write_text(json.dumps({"name": name, "type": "module", "main": "index.js"}))
    (tmp_path / "node_modules" / "@beside").mkdir()
    (tmp_path / "node_modules" / "@beside" / "client").symlink_to(CLIENT)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    return tmp_path


def test_the_code_of_the_page_runs(app, server):
    (app / "run.js").write_text(RUN)
    command = ["node", "run.js", server.user()["handle"], PASSPHRASE]
    done = subprocess.run(command, cwd=app, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said == {"same": True, "registered": True, "early": 2, "ok": True, "late": 1, "notes": ["in SQLite"]}


def test_every_module_that_the_page_imports_is_in_its_list_to_install():
    listed = PAGE.split("```sh\n")[1].split("```")[0]
    of_react_native = {"react", "react-native"}
    assert all(name in listed for name in STAND_INS.keys() - of_react_native)
