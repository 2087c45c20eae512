/** Requests over HTTP. Without an answer it is unknown whether the server has done the request. */

import { BesideError, offline, type Fault } from "./protocol.js";

const PATIENCE = 30_000; // ms to wait for an answer
export const API = "/api/v1";

export type Fetch = typeof fetch;

/** Sends requests to one server. */
export class Http {
  readonly #url: string;
  readonly #fetch: Fetch;

  constructor(url: string, fetcher: Fetch) {
    this.#url = url.replace(/\/+$/, "");
    this.#fetch = fetcher;
  }

  /**
   * Return the answer to a request; throws BesideError with the server's code, or `offline`. The outcome of a mutation
   * is returned, not thrown, even if it is a refusal.
   */
  async call(method: string, path: string, body?: unknown, token?: string | null): Promise<any> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (token) headers["Authorization"] = `Bearer ${token}`;
    const said = body === undefined ? {} : { body: JSON.stringify(body) };
    const { status, text } = await this.#answer(`${this.#url}${API}${path}`, { method, headers, ...said });
    const answer = read(text);
    const isOutcome = typeof answer?.ok === "boolean" && "id" in answer;
    if (isOutcome || (status < 400 && answer !== undefined)) return answer;
    throw failure(status, answer);
  }

  async #answer(address: string, asked: RequestInit): Promise<{ status: number; text: string }> {
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), PATIENCE);
    try {
      const answer = await this.#fetch(address, { ...asked, signal: ending.signal });
      return { status: answer.status, text: await answer.text() };
    } catch {
      throw offline();
    } finally {
      clearTimeout(timer);
    }
  }
}

function read(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Return the error in an answer. An answer that is not from Beside, such as a proxy's, counts as `offline`. */
function failure(status: number, answer: any): BesideError {
  const fault = answer?.error as Fault | undefined;
  return typeof fault?.code === "string" ? new BesideError(fault, status) : offline();
}
