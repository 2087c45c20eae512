// The demo pair of this browser, which exists for an hour and is remembered across reloads.
const KEY = "beside.demo";

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null; // without storage, each reload makes a new pair
  }
}

/** Remove the pair and the settings of the apps in the frames, such as drafts. */
function forget() {
  try {
    for (const name of Object.keys(localStorage)) if (/^beside\.(demo$|ann\.|sam\.)/.test(name)) localStorage.removeItem(name);
  } catch {
    // Without storage there is nothing to remove.
  }
}

/** Tell whether the server still knows a phone; true also if the server cannot be reached. */
async function isKnown(phone) {
  if (!phone.session.value) return false;
  return phone.request("GET", "/devices").then(() => true, (error) => error.code === "offline");
}

/** Return {space, until} of the remembered pair, or of a new one. `until` is in ms. Throws BesideError. */
async function begin(ann, sam) {
  const known = stored();
  if (known !== null && known.until > Date.now() && (await isKnown(ann)) && (await isKnown(sam))) return known;
  forget();
  await Promise.all([ann.signOut(), sam.signOut()]);
  const { ann: one, sam: other, space, until, server_time: now } = await ann.request("POST", "/demo");
  await Promise.all([ann.signIn(one), sam.signIn(other)]);
  const made = { space, until: Date.now() + until - now };
  try {
    localStorage.setItem(KEY, JSON.stringify(made));
    // The app would offer recovery codes after the first message; an account of one hour needs none.
    for (const name of ["ann", "sam"]) localStorage.setItem(`beside.${name}.codes`, '"later"');
  } catch {
    // The pair is known until the page is closed.
  }
  return made;
}

export const hour = { begin, forget };
