/** Sealing what a user leaves on this phone: only the user's passphrase opens it again. */

import type { Draft, Image } from "./image.js";
import { erase } from "./session.js";
import { TABLES, type Write } from "./store.js";

const ROUNDS = 600_000; // of PBKDF2 with SHA-256: what OWASP advises
const NOT_SEALED = ["deviceKey", "account", "sealed", "vault"]; // rows of `state` that stay readable, or go

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
export async function newVault(passphrase: string): Promise<Vault> {
  const salt = random(16);
  const key = random(32);
  return { key: base64(key), salt: base64(salt), wrapped: await encrypt(key, await derived(passphrase, salt)) };
}

/** Return the rows of a user, sealed by the user's vault. */
export async function sealed(rows: readonly Write[], user: string, { key, wrapped, salt }: Vault): Promise<Sealed> {
  const text = new TextEncoder().encode(JSON.stringify(rows));
  return { user, wrapped, salt, rows: await encrypt(text, await imported(bytesOf(key))) };
}

/** Return the rows that were sealed; throws if the passphrase is another one. */
export async function opened({ wrapped, salt, rows }: Sealed, passphrase: string): Promise<readonly Write[]> {
  const key = await decrypt(wrapped, await derived(passphrase, bytesOf(salt)));
  return JSON.parse(new TextDecoder().decode(await decrypt(rows, await imported(key)))) as Write[];
}

/** Return the rows of a user: what is erased when the user signs out. */
export function rowsOf(image: Image): readonly Write[] {
  return image.rows().filter(({ table, key }) => table !== "state" || !NOT_SEALED.includes(key));
}

/** Erase what a user has on this phone, and keep it sealed. */
export function lock(draft: Draft, kept: Sealed): void {
  erase(draft);
  draft.set("sealed", kept);
}

/** Put the rows of a user back. */
export function restore(draft: Draft, rows: readonly Write[]): void {
  for (const { table, key, value } of rows) if (TABLES.includes(table)) draft.write(table, key, value);
  draft.set("sealed", null);
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
