// Who may call: whoever has the admin token (as a bearer token, or as the password of Basic for a browser), or comes
// through Cloudflare Access.
import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { type Clock, type Fetch, internet, systemClock } from "../http.ts";
import type { Log } from "../log.ts";
import { readSecret } from "../secrets.ts";
import { type AccessContext, AccessTokens, identify, readAccess } from "./access.ts";
import { Attempts, clientOf, type SharedLimit } from "./attempts.ts";
import { Problem } from "./problem.ts";

export interface Visit {
  readonly request: Request;
  /** ADMIN_TOKEN, ACCESS_TEAM, ACCESS_AUD and the binding SIGN_IN_LIMIT are read of it, none of which need be there. */
  readonly env: Readonly<Record<string, unknown>> & { readonly SIGN_IN_LIMIT?: SharedLimit };
  readonly access: AccessContext | undefined;
  readonly log: Log;
}

/** One for each isolate: it remembers who guesses, and the keys of Access. */
export class Gate {
  readonly #clock: Clock;
  readonly #tokens: AccessTokens;
  readonly #attempts = new Attempts();

  constructor({ fetch = internet, clock = systemClock }: { fetch?: Fetch; clock?: Clock } = {}) {
    this.#clock = clock;
    this.#tokens = new AccessTokens(fetch, clock);
  }

  /** Who calls, in words: `the admin token`, an e-mail address, or `the Access service token <name>`. Throws a Problem. */
  async admit(visit: Visit): Promise<string> {
    const { request, env, access } = visit;
    refuseOtherSites(request);
    const adminToken = readSecret(env, "ADMIN_TOKEN");
    const { team, audiences } = readAccess(env);
    const given = presented(request.headers.get("authorization") ?? "");
    // Where there is no token, a password that the browser still knows is not in the way of Access.
    if (given !== undefined && adminToken !== null) {
      this.#refuseBlocked(request);
      if (equal(given, adminToken)) return "the admin token";
      await this.#countFailure(visit);
      throw new Problem(401, `This is not the admin token. ${howTo(audiences)}`);
    }
    if (access !== undefined) {
      if (audiences.includes(access.aud)) return identify(access, this.#clock);
      throw refusal(
        adminToken,
        audiences,
        "Cloudflare Access let this request through, but to an application that ACCESS_AUD does not name.",
      );
    }
    const assertion = request.headers.get("cf-access-jwt-assertion");
    if (assertion === null || team === null || audiences.length === 0) {
      throw refusal(adminToken, audiences, "This route is for the admin.");
    }
    this.#refuseBlocked(request);
    const caller = await this.#tokens.read(assertion, team, audiences);
    if (caller !== null) return caller;
    await this.#countFailure(visit);
    throw refusal(
      adminToken,
      audiences,
      "The token of Cloudflare Access that came with this request is not valid here: it is expired, or not of ACCESS_TEAM and ACCESS_AUD.",
    );
  }

  /** Before anything is compared: also the right token waits, or a guess would be answered. */
  #refuseBlocked({ headers }: Request): void {
    const waitMs = this.#attempts.waitMs(clientOf(headers), this.#clock.now());
    if (waitMs > 0) throw tooMany(waitMs);
  }

  async #countFailure({ request, env, log }: Visit): Promise<void> {
    const client = clientOf(request.headers);
    const nowMs = this.#clock.now();
    const outcome = await this.#attempts.failed(client, nowMs, env.SIGN_IN_LIMIT);
    const waitMs = this.#attempts.waitMs(client, nowMs);
    if (outcome === "blocked") {
      const address = request.headers.get("cf-connecting-ip");
      log.warn("too many failed sign-ins", { client, address, waitSeconds: waitMs / 1000 });
    }
    if (waitMs > 0) throw tooMany(waitMs);
  }
}

/** A browser adds Basic credentials and the cookie of Access by itself, also when another site makes it send a request. */
function refuseOtherSites({ method, headers, url }: Request): void {
  if (method === "GET" || method === "HEAD") return;
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  const own =
    site !== null
      ? site === "same-origin" || site === "none"
      : origin === null || origin === new URL(url).origin;
  if (own) return;
  throw new Problem(403, "Another site made your browser send this request; nothing was done.");
}

/** What was given for the admin token; undefined when nothing was. */
function presented(authorization: string): string | undefined {
  const [, scheme = "", credentials] = /^(\S+)\s+(.+)$/.exec(authorization) ?? [];
  if (credentials === undefined) return undefined;
  if (scheme.toLowerCase() === "bearer") return credentials;
  if (scheme.toLowerCase() !== "basic") return undefined;
  const pair = Buffer.from(credentials, "base64").toString();
  return pair.includes(":") ? pair.slice(pair.indexOf(":") + 1) : "";
}

/** In constant time, whatever the lengths: the hashes are compared. */
function equal(a: string, b: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

/** 401 asks for the admin token; where there is none, nothing that could be sent would help. */
function refusal(adminToken: string | null, audiences: readonly string[], why: string): Problem {
  return adminToken === null ? noToken(audiences) : new Problem(401, `${why} ${howTo(audiences)}`);
}

function noToken(audiences: readonly string[]): Problem {
  const set = "Set one with: npx wrangler secret put ADMIN_TOKEN";
  return new Problem(
    403,
    audiences.length > 0
      ? `This route is for who comes through the Access application of ACCESS_AUD, and this request does not. There is no admin token either. ${set}`
      : `This route needs the admin token, and none is set. ${set}`,
  );
}

function howTo(audiences: readonly string[]): string {
  const access = audiences.length > 0 ? " Or come through Cloudflare Access." : "";
  return `Send the admin token as \`Authorization: Bearer <ADMIN_TOKEN>\`, or in a browser as the password, with any user name.${access}`;
}

function tooMany(waitMs: number): Problem {
  const seconds = Math.ceil(waitMs / 1000);
  return new Problem(
    429,
    `Too many sign-ins failed from this address. For ${seconds} s none is looked at, the right one neither.`,
    undefined,
    seconds,
  );
}
