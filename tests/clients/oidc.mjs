// An employer's OpenID Connect provider: the npm package oidc-provider, which does as it is told. It reads one JSON line
// for each wish and writes one for its answer, as tests/adapters/program.py expects. Signing in needs no passphrase.
//
//   node oidc.mjs

import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createInterface } from "node:readline";
import { CompactSign, exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";

const CALLBACK = "http://127.0.0.1/callback";
const MOVED = "/moved"; // before each path, the same is served
const HUGE = "x".repeat(1024 * 1024);

const people = {}; // {login: claims}, as the employer's directory has them
const requests = {}; // {path: how often it was asked for}
const held = []; // functions that answer what came while the provider was silent
let fault = null; // null, "silent", "slow", "huge", "redirect" or "other issuer"
let server, port, issuer, answer, key, tls;

console.info = console.warn = () => {}; // the package writes notices to the standard output

const wishes = {
  async start({ alg = "RS256", certificate = null }) {
    tls = certificate && { cert: certificate, key: certificate }; // PEM, with both in it
    await listen(0);
    issuer = `${tls ? "https" : "http"}://127.0.0.1:${port}`;
    return wishes.rotate({ kid: "first", alg });
  },
  async rotate({ kid, alg = "RS256" }) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    key = { kid, alg, private: privateKey };
    answer = provider({ ...(await exportJWK(privateKey)), kid, alg, use: "sig" }).callback();
    return issuer;
  },
  sign({ text }) {
    const header = { alg: key.alg, kid: key.kid };
    return new CompactSign(new TextEncoder().encode(text)).setProtectedHeader(header).sign(key.private);
  },
  people: (wish) => Object.assign(people, wish.people),
  requests: () => requests,
  fault(wish) {
    fault = wish.fault;
    if (fault === null) for (const late of held.splice(0)) late();
  },
  stop() {
    server.closeAllConnections();
    return new Promise((done) => server.close(() => done(null)));
  },
  again: () => listen(port),
};

function provider(jwk) {
  const app = {
    redirect_uris: [CALLBACK],
    application_type: "native",
    token_endpoint_auth_method: "none",
    id_token_signed_response_alg: jwk.alg,
  };
  return new Provider(issuer, {
    clients: [{ client_id: "beside", ...app }, { client_id: "another-app", ...app }],
    jwks: { keys: [jwk] },
    cookies: { keys: ["a key for tests only"] },
    clientBasedCORS: () => true, // web apps of any origin may ask for tokens
    conformIdTokenClaims: false, // claims are in the id_token, too
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["hd", "groups"] },
    findAccount: (_, login) => ({ accountId: login, claims: () => ({ sub: login, ...people[login] }) }),
  });
}

function listen(wanted) {
  const secure = (respond) => createSecureServer(tls, respond);
  server = (tls ? secure : createServer)((request, response) => {
    const path = request.url.split("?")[0];
    requests[path] = (requests[path] ?? 0) + 1;
    if (fault === "silent") return held.push(() => answer(request, response));
    if (fault === "slow") return trickle(response);
    if (fault === "huge") return response.end(HUGE);
    if (request.url.startsWith(MOVED)) request.url = request.url.slice(MOVED.length);
    else if (fault === "redirect") return response.writeHead(302, { location: MOVED + request.url }).end();
    if (fault === "other issuer" && path.startsWith("/.well-known")) {
      return response.end(JSON.stringify({ issuer: "https://eve.example", jwks_uri: `${issuer}/jwks` }));
    }
    answer(request, response);
  });
  return new Promise((done) =>
    server.listen(wanted, "127.0.0.1", () => {
      port = server.address().port;
      done(null);
    }),
  );
}

/** Answer with a space every 50 ms, for ever: white space at the beginning of JSON. */
function trickle(response) {
  const timer = setInterval(() => response.write(" "), 50);
  response.on("close", () => clearInterval(timer));
}

for await (const line of createInterface({ input: process.stdin })) {
  const wish = JSON.parse(line);
  try {
    reply({ id: wish.id, answer: (await wishes[wish.do](wish)) ?? null });
  } catch (error) {
    reply({ id: wish.id, error: String(error) });
  }
}

function reply(words) {
  process.stdout.write(`${JSON.stringify(words)}\n`);
}
