/** Signs in a user whose tokens a test has made, before the app opens its phone. */

import { openIndexedDB } from "./client/index.js";

/** Sign in a user, if nobody is or was signed in; `late` is how many ms the phone's clock is ahead. */
export async function signedIn(name, { user, device, role, handle, access_token: accessToken, refresh_token, lasts }, late = 0) {
  const account = { user, device, role, handle, accessToken, refreshToken: refresh_token, expires: Date.now() + late + lasts };
  const database = await openIndexedDB(name);
  const { revision, rows } = await database.load();
  if (rows.get("state").size === 0) await database.write([{ table: "state", key: "account", value: account }], revision);
  await database.close();
}
