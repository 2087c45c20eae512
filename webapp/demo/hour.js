// The hour of a pair: whose phones these are, and until when. It outlasts a reload.
const KEY = "beside.demo";

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null; // nothing can be stored here: each reload begins anew
  }
}

/** Remove what the apps in the frames remember: drafts and the like. */
function forget() {
  try {
    for (const name of Object.keys(localStorage)) if (/^beside\.(demo$|ann\.|sam\.)/.test(name)) localStorage.removeItem(name);
  } catch {
    // There is nothing to remove.
  }
}

/** Tell whether the server still knows a phone, as far as it can be asked. */
async function isKnown(phone) {
  if (!phone.session.value) return false;
  return phone.request("GET", "/devices").then(() => true, (error) => error.code === "offline");
}

/** Return {space, until}: of the pair whose phones these are, or of a new one. Throws BesideError. */
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
    // The app asks for recovery codes once, with the first message: whoever is there for an hour needs no way back.
    for (const name of ["ann", "sam"]) localStorage.setItem(`beside.${name}.codes`, '"later"');
  } catch {
    // It holds until the page is closed.
  }
  return made;
}

export const hour = { begin, forget };
