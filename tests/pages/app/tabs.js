// An app in one of several tabs, made of the code of docs/rxdb.md or docs/watermelondb.md, and of docs/web-apps.md.
import { Beside, live } from "/documented/rxdb/beside.mjs";
import { inOneTab } from "/documented/web-apps/one-tab.mjs";
import { store } from "/documented/web-apps/store.mjs";

const { page, server } = Object.fromEntries(new URLSearchParams(location.search));
const { session } = await import(`/documented/${page}/session.mjs`);
const tokens = store();
const { token, signOut } = session({ address: server, ...tokens });
const beside = new Beside(server, token);
let told; // whose tokens another tab has saved last
let connection;
let run = null; // "started", or "waiting" for the other tab
tokens.watch(({ user }) => (told = user));

window.app = {
  save: (pair) => tokens.save(pair),
  stored: () => tokens.load(),
  /** Let the access token be refused from now on: the pair stays what it is. */
  expire: async (access_token) => tokens.save({ ...(await tokens.load()), access_token }),
  pull: () => beside.call("pull", {}).then(({ cursor }) => (cursor ? "pulled" : cursor), ({ status }) => status),
  signOut,
  inOneTab: () => inOneTab(() => (run = "started"), () => (run = "waiting")),
  run: () => run,
  lastTold: () => told,
  connect: () => void (connection = live(beside)),
  connected: () => connection.socket.connected,
  active: () => connection.socket.active,
};
document.documentElement.dataset.ready = "";
