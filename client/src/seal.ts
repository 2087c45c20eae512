/** Encrypts the data of a user who signs out. Only the user's passphrase decrypts it. */

import type { Draft } from "./image.js";
import type { Change } from "./protocol.js";
import type { Snapshot, Write } from "./store.js";

const ROUNDS = 600_000; // of PBKDF2 with SHA-256, as OWASP recommends
const NOT_SEALED = ["deviceKey", "account", "sealed", "vault"]; // rows of `state` that are not part of the sealed data

/** The key of a signed-in user's data, and the same key wrapped by the user's passphrase. All texts are base64. */
export interface Vault {
  readonly key: string;
  readonly wrapped: Cipher;
  readonly salt: string;
}

/** The data of a user who has signed out. */
export interface Sealed {
  readonly user: string;
  readonly wrapped: Cipher;
  readonly salt: string;
  readonly rows: Cipher;
}

interface Cipher {
  readonly iv: string;
  readonly text: string;
}

/** Return a new vault, which this passphrase opens. Takes about a third of a second. */
async function newVault(passphrase: string): Promise<Vault> {
  const salt = random(16);
  const key = random(32);
  return { key: base64(key), salt: base64(salt), wrapped: await encrypt(key, await derived(passphrase, salt)) };
}

/** Return the stored rows of a user, encrypted with the key of the user's vault. */
export async function sealed({ rows }: Snapshot, user: string, { key, wrapped, salt }: Vault): Promise<Sealed> {
  const all = [...rows].flatMap(([table, stored]) => [...stored].map(([key, value]): Write => ({ table, key, value })));
  const own = all.filter(({ table, key }) => table !== "state" || !NOT_SEALED.includes(key));
  const text = new TextEncoder().encode(JSON.stringify(own));
  return { user, wrapped, salt, rows: await encrypt(text, await imported(bytesOf(key))) };
}

/**
 * Return the change to write when a user signs in: it restores the user's sealed rows, or drops them if the passphrase
 * does not open them, and stores a new vault if `isSealable`.
 */
export async function opening(kept: Sealed | null, passphrase: string, isSealable: boolean): Promise<(draft: Draft) => void> {
  const rows = kept === null ? [] : await opened(kept, passphrase).catch(() => []);
  const vault = isSealable ? await newVault(passphrase) : null;
  return (draft) => {
    for (const { table, key, value } of rows) {
      if (table === "records") draft.keep(value as Change);
      else draft.write(table, key, value);
    }
    draft.set("sealed", null);
    draft.set("vault", vault);
  };
}

async function opened({ wrapped, salt, rows }: Sealed, passphrase: string): Promise<Write[]> {
  const key = await decrypt(wrapped, await derived(passphrase, bytesOf(salt)));
  return JSON.parse(new TextDecoder().decode(await decrypt(rows, await imported(key)))) as Write[];
}

async function derived(passphrase: string, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const text = new TextEncoder().encode(passphrase.normalize("NFC"));
  const given = await crypto.subtle.importKey("raw", text, "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(how, given, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

function imported(key: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function encrypt(bytes: Uint8Array<ArrayBuffer>, key: CryptoKey): Promise<Cipher> {
  const iv = random(12);
  const text = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes);
  return { iv: base64(iv), text: base64(new Uint8Array(text)) };
}

async function decrypt({ iv, text }: Cipher, key: CryptoKey): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytesOf(iv) }, key, bytesOf(text)));
}

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let from = 0; from < bytes.length; from += 0x8000) {
    parts.push(String.fromCharCode(...bytes.subarray(from, from + 0x8000)));
  }
  return btoa(parts.join(""));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
