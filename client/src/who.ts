/** The signed-in user, as apps see it: without the tokens. */

import type { Account } from "./image.js";

/** Who is signed in. */
export interface Who {
  readonly user: string;
  readonly device: string;
  readonly role: string;
  readonly handle: string | null;
}

/** Return who is signed in by an account; null if the server does not know this phone any more. */
export function who(account: Account | null): Who | null {
  if (account?.accessToken == null) return null;
  const { user, device, role, handle } = account;
  return { user, device, role, handle };
}

/** Return a `who` that gives the same object until one of its fields changes. */
export function steady(): (account: Account | null) => Who | null {
  let last: Who | null = null;
  return (account) => {
    const now = who(account);
    if (JSON.stringify(now) !== JSON.stringify(last)) last = now;
    return last;
  };
}
