// A service worker that needs an access token while no tab is open: made of the same code as the tabs.
import { session } from "/documented/rxdb/session.mjs";
import { store } from "/documented/web-apps/store.mjs";

self.addEventListener("message", async ({ data: { server, refused }, ports: [port] }) => {
  const { token } = session({ address: server, ...store() });
  port.postMessage(await token(refused));
});
