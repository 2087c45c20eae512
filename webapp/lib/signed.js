// Signatures of lists that must be right without the server: a number to call that was changed on its way is not shown.

/** Tell whether the signature of `{bundle, signature}` is valid (Ed25519); true also if this browser cannot check it. */
export async function isSigned({ bundle, signature }, publicKey) {
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  try {
    const raw = bytes(publicKey);
    const key = await crypto.subtle?.importKey("raw", raw, "Ed25519", false, ["verify"]).catch(() => null);
    return !key || (await crypto.subtle.verify("Ed25519", key, bytes(signature), new TextEncoder().encode(bundle)));
  } catch {
    return false; // this is no signature at all
  }
}
