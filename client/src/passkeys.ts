/** Passkeys, where the browser has them. */

import type { Http } from "./http.js";
import type { Account } from "./image.js";
import type { Session } from "./session.js";

export class Passkeys {
  readonly #session: Session;
  readonly #http: Http;
  readonly #device: string | undefined;

  constructor(session: Session, http: Http, device: string | undefined) {
    this.#session = session;
    this.#http = http;
    this.#device = device;
  }

  /** Tell whether this browser supports passkeys. */
  get isPossible(): boolean {
    return typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;
  }

  /** Sign in by a passkey that the user chooses; throws BesideError, or the error of the browser. */
  async signIn(): Promise<Account> {
    const credential = await this.credential();
    const device = this.#device === undefined ? {} : { device: this.#device };
    return this.#session.enter("/login/passkey", { credential, ...device }, null, async () => () => {});
  }

  /** Add a passkey to the account. `proof` is `{passphrase, code?}` or `{credential}`. */
  async add(name: string, proof: object): Promise<void> {
    const { publicKey } = await this.#ask("POST", "/passkeys/options", proof);
    const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
    const created = (await navigator.credentials.create({ publicKey: options })) as PublicKeyCredential;
    await this.#ask("POST", "/passkeys", { name, credential: created.toJSON() });
  }

  /** Return a new WebAuthn assertion by a passkey that the user chooses: the `credential` of a proof. */
  async credential(): Promise<object> {
    const { publicKey } = await this.#http.call("POST", "/login/passkey/options");
    const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
    return ((await navigator.credentials.get({ publicKey: options })) as PublicKeyCredential).toJSON();
  }

  #ask(method: string, path: string, body: object): Promise<any> {
    return this.#session.using((token) => this.#http.call(method, path, body, token));
  }
}
