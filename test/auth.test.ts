// Who is let in: the admin token, Cloudflare Access by the runtime's word and by its tokens, and nobody else.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { parse } from "smol-toml";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Clock, Fetch } from "../src/http.ts";
import type { AccessContext } from "../src/routes/access.ts";
import { Attempts, clientOf, type SharedLimit } from "../src/routes/attempts.ts";
import { Gate } from "../src/routes/auth.ts";
import { Problem } from "../src/routes/problem.ts";

const adminToken = "correct-horse-battery-staple";
const aud = "a".repeat(64);
const otherAud = "b".repeat(64);
const issuer = "https://acme.cloudflareaccess.com";
const nowMs = Date.parse("2026-11-23T10:00:00Z");
const minuteMs = 60_000;

// jose looks at the same clock.
beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: nowMs }));
afterEach(() => vi.useRealTimers());
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** Waits as long as the work takes, or not at all. */
const clock: Clock = {
  now: () => Date.now(),
  sleep: (_ms, signal) =>
    new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
};
const hasty: Clock = { ...clock, sleep: async () => undefined };

interface Signer {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}
async function signer(kid: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" } };
}
let first: Signer;
let second: Signer;
beforeAll(async () => {
  [first, second] = await Promise.all([signer("k1"), signer("k2")]);
});

const ann = { email: "ann@example.com", type: "app" };
interface Change {
  readonly by?: Signer;
  readonly kid?: string;
  readonly iss?: string;
  readonly aud?: string | string[];
  readonly fromMs?: number;
  readonly lifeMs?: number;
}
function tokenOf(payload: JWTPayload = ann, change: Change = {}): Promise<string> {
  const { by = first, fromMs = Date.now(), lifeMs = minuteMs } = change;
  return new SignJWT(payload)
    .setProtectedHeader({ alg: "RS256", kid: change.kid ?? by.jwk.kid ?? "" })
    .setIssuer(change.iss ?? issuer)
    .setAudience(change.aud ?? [aud])
    .setIssuedAt(fromMs / 1000)
    .setNotBefore(fromMs / 1000)
    .setExpirationTime((fromMs + lifeMs) / 1000)
    .sign(by.privateKey);
}

/** A Worker with its gate: where the team's keys are served, and what was logged. */
class Door {
  keys: JWK[] = [first.jwk];
  answer: () => Response | Promise<Response> = () => Response.json({ keys: this.keys });
  readonly asked: Request[] = [];
  readonly warnings: unknown[] = [];
  env: Record<string, unknown> & { SIGN_IN_LIMIT?: SharedLimit } = {
    ADMIN_TOKEN: adminToken,
    ACCESS_TEAM: "acme",
    ACCESS_AUD: aud,
  };
  access: AccessContext | undefined;
  readonly gate: Gate;

  constructor(time = clock) {
    const fetch: Fetch = async (request) => {
      this.asked.push(request);
      return this.answer();
    };
    this.gate = new Gate({ fetch, clock: time });
  }

  /** Who it is, or the status with which they are refused. */
  async knock(headers: HeadersInit = {}, method = "GET"): Promise<string | number> {
    const outcome = await this.told(headers, method);
    return outcome instanceof Problem ? outcome.status : outcome;
  }

  async told(headers: HeadersInit = {}, method = "GET"): Promise<string | Problem> {
    const { env, access } = this;
    const request = new Request("https://tidemark.example.com/sync", { method, headers });
    const log = {
      info: () => undefined,
      warn: (...line: unknown[]) => void this.warnings.push(line),
      error: () => undefined,
    };
    try {
      return await this.gate.admit({ request, env, access, log });
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  }

  bearing(token: string): Promise<string | number> {
    return this.knock({ "cf-access-jwt-assertion": token });
  }
}

const bearer = (token = adminToken) => ({ authorization: `Bearer ${token}` });
const basic = (pair: string) => ({
  authorization: `Basic ${Buffer.from(pair).toString("base64")}`,
});

describe("the admin token", () => {
  test("lets in as a bearer token, and as the password of any user", async () => {
    const door = new Door();
    expect(await door.knock(bearer())).toBe("the admin token");
    expect(await door.knock(basic(`:${adminToken}`))).toBe("the admin token");
    expect(await door.knock(basic(`ann@example.com:${adminToken}`))).toBe("the admin token");
    expect(door.asked).toEqual([]);
  });

  test("is the only one: nothing that differs from it is let in, by whichever way", async () => {
    const near = fc
      .tuple(fc.nat(adminToken.length), fc.string({ unit: "binary", maxLength: 3 }))
      .map(([at, text]) => adminToken.slice(0, at) + text + adminToken.slice(at + 1));
    const guess = fc.oneof(
      near,
      fc.string({ unit: "binary" }),
      fc.constantFrom("", adminToken.toUpperCase()),
    );
    await fc.assert(
      fc.asyncProperty(guess, async (text) => {
        fc.pre(text !== adminToken);
        expect(await new Door().knock(basic(`me:${text}`))).toBe(401);
        // A header carries what is printable, and not the blanks around it.
        const printable = text.replace(/[^!-~]/g, "");
        fc.pre(printable !== adminToken);
        expect(await new Door().knock(bearer(printable))).toBe(401);
        expect(await new Door().bearing(printable)).toBe(401);
      }),
    );
  });

  test("is compared in constant time", () => {
    const source = readFileSync(join(import.meta.dirname, "../src/routes/auth.ts"), "utf8");
    expect(source).toContain("timingSafeEqual(hash(a), hash(b))");
    expect(
      source.match(
        /[!=]==? (?:given|adminToken)\b|\b(?:given|adminToken) [!=]==? (?!undefined|null)/g,
      ),
    ).toBeNull();
  });

  test("that is wrong is refused also when Access vouches for the caller", async () => {
    const door = new Door();
    door.access = { aud, getIdentity: async () => ann };
    const both = { ...bearer("wrong"), "cf-access-jwt-assertion": await tokenOf() };
    expect(await door.knock(both)).toBe(401);
    expect(await door.knock({ ...both, ...bearer() })).toBe("the admin token");
  });

  test("that is not set is no token: no text lets in, and the refusal says how to set one", async () => {
    const door = new Door();
    for (const unset of [undefined, "", "  ", 5, "a long random string"]) {
      door.env = { ADMIN_TOKEN: unset };
      for (const headers of [{}, basic(":"), bearer("undefined"), bearer("null"), bearer("5")]) {
        expect(await door.told(headers)).toMatchObject({
          status: 403,
          message: expect.stringContaining("npx wrangler secret put ADMIN_TOKEN"),
        });
      }
    }
  });

  test("is asked for with 401 and words that say how to sign in; of Access only where it is set up", async () => {
    const door = new Door();
    expect(await door.told()).toMatchObject({
      status: 401,
      message: expect.stringMatching(/Authorization: Bearer.*browser as the password.*Access/),
    });
    door.env = { ADMIN_TOKEN: adminToken };
    expect((await door.told()) as Problem).not.toHaveProperty(
      "message",
      expect.stringContaining("Access"),
    );
  });
});

describe("Cloudflare Access, by the runtime's word", () => {
  const vouching = (audience: string, getIdentity: AccessContext["getIdentity"]) => {
    const door = new Door();
    door.env = { ACCESS_AUD: aud };
    door.access = { aud: audience, getIdentity };
    return door;
  };

  test("lets in by the e-mail address; a service token by its name", async () => {
    expect(await vouching(aud, async () => ann).knock()).toBe("ann@example.com");
    const service = { common_name: "ci.access" };
    expect(await vouching(aud, async () => service).knock()).toBe(
      "the Access service token ci.access",
    );
  });

  test("lets in also when the identity does not come", async () => {
    for (const identity of [
      async () => undefined,
      () => Promise.reject(new Error("no")),
      () => {
        throw new Error("no");
      },
    ]) {
      expect(await vouching(aud, identity).knock()).toBe("somebody whom Cloudflare Access let in");
    }
    const door = new Door(hasty);
    door.access = { aud, getIdentity: () => new Promise(() => undefined) };
    expect(await door.knock()).toBe("somebody whom Cloudflare Access let in");
  });

  test("of one of several applications, or none other", async () => {
    const door = vouching(otherAud, async () => ann);
    expect(await door.knock()).toBe(403);
    door.env = { ACCESS_AUD: [aud, otherAud] };
    expect(await door.knock()).toBe("ann@example.com");
  });

  test("counts for nothing while ACCESS_AUD is not set, or not an AUD tag", async () => {
    for (const ACCESS_AUD of [undefined, "", "x", [], [aud, "x"], null, 5]) {
      const door = vouching(aud, async () => ann);
      door.env = { ACCESS_AUD, ACCESS_TEAM: "acme" };
      expect(await door.knock()).toBe(403);
      door.env = { ...door.env, ADMIN_TOKEN: adminToken };
      expect(await door.knock()).toBe(401);
      expect(await door.knock(bearer())).toBe("the admin token");
    }
    const odd = vouching("", async () => ann);
    odd.env = { ACCESS_AUD: "" };
    expect(await odd.knock()).toBe(403);
  });

  test("is believed where no admin token is, whatever password the browser still sends", async () => {
    expect(await vouching(aud, async () => ann).knock(basic("me:the-old-token"))).toBe(
      "ann@example.com",
    );
  });
});

describe("Cloudflare Access, by its token", () => {
  test("lets in by the e-mail address; a service token by its name; the keys are read once", async () => {
    const door = new Door();
    expect(await door.bearing(await tokenOf())).toBe("ann@example.com");
    const service = await tokenOf({ common_name: "ci.access", sub: "" });
    expect(await door.bearing(service)).toBe("the Access service token ci.access");
    expect(await door.bearing(await tokenOf({ sub: "u1" }, { aud }))).toBe(
      "somebody whom Cloudflare Access let in",
    );
    expect(door.asked.map(({ url, redirect }) => [url, redirect])).toEqual([
      [`${issuer}/cdn-cgi/access/certs`, "manual"],
    ]);
  });

  test("takes the team's whole host for its name", async () => {
    const door = new Door();
    door.env.ACCESS_TEAM = "Acme.cloudflareaccess.com";
    expect(await door.bearing(await tokenOf())).toBe("ann@example.com");
  });

  test("suffices without an admin token; without it and the token nobody comes in", async () => {
    const door = new Door();
    door.env = { ACCESS_TEAM: "acme", ACCESS_AUD: aud };
    expect(await door.bearing(await tokenOf())).toBe("ann@example.com");
    expect(await door.knock()).toBe(403);
    expect(await door.bearing(await tokenOf(ann, { aud: otherAud }))).toBe(403);
  });

  test("is not read unless both variables are set and well-formed", async () => {
    for (const change of [
      { ACCESS_TEAM: undefined },
      { ACCESS_AUD: undefined },
      { ACCESS_TEAM: "evil.example.com" },
      { ACCESS_TEAM: "acme.cloudflareaccess.com.evil.example" },
      { ACCESS_TEAM: "evil.example/acme" },
      { ACCESS_TEAM: "" },
      { ACCESS_AUD: "x" },
      { ACCESS_AUD: [] },
    ]) {
      const door = new Door();
      door.env = { ...door.env, ...change };
      expect(await door.bearing(await tokenOf())).toBe(401);
      expect(door.asked).toEqual([]);
    }
  });

  test.each<[string, () => string | Promise<string>]>([
    ["is expired", () => tokenOf(ann, { fromMs: nowMs - 2 * minuteMs })],
    ["is for later", () => tokenOf(ann, { fromMs: nowMs + minuteMs })],
    ["is for another application", () => tokenOf(ann, { aud: [otherAud] })],
    ["is of another team", () => tokenOf(ann, { iss: "https://evil.cloudflareaccess.com" })],
    ["is signed with another key of that name", () => tokenOf(ann, { by: second, kid: "k1" })],
    ["is signed with a key that is not known", () => tokenOf(ann, { by: second })],
    [
      "names no end",
      async () => {
        const { privateKey } = first;
        const claims = new SignJWT(ann).setIssuer(issuer).setAudience(aud);
        return claims.setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(privateKey);
      },
    ],
    [
      "is not signed",
      () => {
        const claims = new UnsecuredJWT(ann).setIssuer(issuer).setAudience(aud);
        return claims.setExpirationTime("1h").encode();
      },
    ],
    [
      "is signed with the public key as a secret",
      () => {
        const claims = new SignJWT(ann).setIssuer(issuer).setAudience(aud).setExpirationTime("1h");
        const secret = new TextEncoder().encode(JSON.stringify(first.jwk));
        return claims.setProtectedHeader({ alg: "HS256", kid: "k1" }).sign(secret);
      },
    ],
    [
      "is signed by another method",
      async () => {
        const { privateKey } = await generateKeyPair("ES256");
        const claims = new SignJWT(ann).setIssuer(issuer).setAudience(aud).setExpirationTime("1h");
        return claims.setProtectedHeader({ alg: "ES256", kid: "k1" }).sign(privateKey);
      },
    ],
    [
      "brings its own key",
      async () => {
        const claims = new SignJWT(ann).setIssuer(issuer).setAudience(aud).setExpirationTime("1h");
        const header = {
          alg: "RS256",
          kid: "k1",
          jwk: second.jwk,
          jku: "https://evil.example/keys",
        };
        return claims.setProtectedHeader(header).sign(second.privateKey);
      },
    ],
    ["is no token", () => "x"],
    ["is empty", () => ""],
    ["is only dots", () => ".."],
  ])("lets nobody in who brings one that %s", async (_what, make) => {
    const door = new Door();
    const token = await make();
    const outcome = await door.told({ "cf-access-jwt-assertion": token });
    expect(outcome).toMatchObject({ status: 401, errors: undefined });
    expect(door.asked.every(({ url }) => url === `${issuer}/cdn-cgi/access/certs`)).toBe(true);
    if (token.length > 5) expect(String(outcome)).not.toContain(token);
  });

  test("lets nobody in whose token was changed anywhere in what is signed", async () => {
    const door = new Door();
    const token = await tokenOf();
    const signed = token.lastIndexOf(".");
    const character = fc.constantFrom(..."ABCXYZabcxyz0189-_.");
    await fc.assert(
      fc.asyncProperty(fc.nat(signed - 1), character, async (at, other) => {
        fc.pre(token[at] !== other);
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        expect([401, 429]).toContain(await door.bearing(changed));
      }),
    );
  });

  test("with a key that is not known has the keys read again, once in half a minute", async () => {
    const door = new Door();
    expect(await door.bearing(await tokenOf())).toBe("ann@example.com");
    const strange = () => tokenOf(ann, { by: second });
    expect(await door.bearing(await strange())).toBe(401);
    expect(door.asked).toHaveLength(1);
    pass(31_000);
    expect(await door.bearing(await strange())).toBe(401);
    expect(await door.bearing(await strange())).toBe(401);
    expect(door.asked).toHaveLength(2);
  });

  test("is taken with a new key as soon as the team shows it, and with the old one for as long as it does", async () => {
    const door = new Door();
    expect(await door.bearing(await tokenOf())).toBe("ann@example.com");
    door.keys = [second.jwk, first.jwk];
    pass(31_000);
    expect(await door.bearing(await tokenOf(ann, { by: second }))).toBe("ann@example.com");
    expect(await door.bearing(await tokenOf())).toBe("ann@example.com");
    door.keys = [second.jwk];
    pass(11 * minuteMs);
    expect(await door.bearing(await tokenOf())).toBe(401);
    expect(await door.bearing(await tokenOf(ann, { by: second }))).toBe("ann@example.com");
  });

  test.each<[string, string, () => Response | Promise<Response>]>([
    ["are down", "HTTP 503", () => new Response("busy", { status: 503 })],
    ["are a page", "as JSON", () => new Response("<!doctype html><title>Sign in</title>")],
    ["are something else", "malformed", () => Response.json({ keys: "none" })],
    ["are elsewhere", "HTTP 302", () => Response.redirect("https://evil.example/keys", 302)],
    ["are endless", "larger than 65536 bytes", () => new Response("x".repeat(70_000))],
    ["cannot be reached", "no connection", () => Promise.reject(new TypeError("no route"))],
  ])(
    "lets nobody in while the keys %s: 503 says so, and it is no failed sign-in",
    async (_what, reason, answer) => {
      const door = new Door();
      door.answer = answer;
      for (let i = 0; i < 12; i += 1) {
        expect(await door.told({ "cf-access-jwt-assertion": await tokenOf() })).toMatchObject({
          status: 503,
          message: expect.stringContaining(reason),
        });
      }
      expect(await door.knock(bearer())).toBe("the admin token");
      door.answer = () => Response.json({ keys: [first.jwk] });
      expect(await door.bearing(await tokenOf())).toBe("ann@example.com");
    },
  );

  test("lets nobody in while the keys do not come in time", async () => {
    const door = new Door(hasty);
    door.answer = () => new Promise(() => undefined);
    expect(await door.told({ "cf-access-jwt-assertion": await tokenOf() })).toMatchObject({
      status: 503,
      message: expect.stringContaining("no complete answer within 5 s"),
    });
  });
});

describe("a request that changes something", () => {
  const own = "https://tidemark.example.com";
  test.each<[string, Record<string, string>, boolean]>([
    ["of a program, without a browser's headers", {}, true],
    ["of curl with a form", { "content-type": "application/x-www-form-urlencoded" }, true],
    ["of its own page", { "sec-fetch-site": "same-origin", origin: own }, true],
    [
      "of its own page that tells no referrer",
      { "sec-fetch-site": "same-origin", origin: "null" },
      true,
    ],
    ["of the person at the browser", { "sec-fetch-site": "none" }, true],
    ["of its own page in an old browser", { origin: own }, true],
    ["of another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, false],
    ["of another site that looks like a program", { "sec-fetch-site": "cross-site" }, false],
    ["of a neighbour", { "sec-fetch-site": "same-site", origin: "https://x.example.com" }, false],
    ["of an unknown kind", { "sec-fetch-site": "same-origin, cross-site" }, false],
    ["of an empty kind", { "sec-fetch-site": "" }, false],
    ["of another site in an old browser", { origin: "https://evil.example" }, false],
    ["of nowhere in an old browser", { origin: "null" }, false],
    ["of its own host without TLS", { origin: "http://tidemark.example.com" }, false],
    ["of its own host at another port", { origin: `${own}:8443` }, false],
  ])("%s", async (_what, headers, allowed) => {
    const door = new Door();
    door.access = { aud, getIdentity: async () => ann };
    for (const method of ["POST", "DELETE", "PUT", "PATCH"]) {
      for (const [who, shown] of [
        ["the admin token", bearer()],
        ["the admin token", basic(`me:${adminToken}`)],
        ["ann@example.com", {}],
      ] as const) {
        expect(await door.knock({ ...shown, ...headers }, method)).toBe(allowed ? who : 403);
      }
    }
    // What reads is nobody's harm: no other site sees the answer.
    for (const method of ["GET", "HEAD"]) {
      expect(await door.knock({ ...bearer(), ...headers }, method)).toBe("the admin token");
    }
  });

  test("of another site is refused before its credentials are looked at, and is no failed sign-in", async () => {
    const door = new Door();
    for (let i = 0; i < 20; i += 1) {
      expect(await door.knock({ ...bearer("x"), "sec-fetch-site": "cross-site" }, "POST")).toBe(
        403,
      );
    }
    expect(await door.knock(bearer(), "POST")).toBe("the admin token");
  });
});

describe("failed sign-ins", () => {
  const from = (address: string, token = adminToken) => ({
    ...bearer(token),
    "cf-connecting-ip": address,
  });
  async function fail(door: Door, times: number, address = "192.0.2.1") {
    const outcomes = [];
    for (let i = 0; i < times; i += 1) outcomes.push(await door.knock(from(address, `guess ${i}`)));
    return outcomes;
  }

  test("are answered ten times a minute; from then on not even the right token is, until the minute is over", async () => {
    const door = new Door();
    expect(await fail(door, 10)).toEqual(Array(10).fill(401));
    expect(await door.knock(from("192.0.2.1"))).toBe("the admin token");
    expect(await fail(door, 1)).toEqual([429]);
    pass(20_500);
    expect(await door.told(from("192.0.2.1"))).toMatchObject({
      status: 429,
      retryAfterSeconds: 40,
      message: expect.stringContaining("the right one neither"),
    });
    expect(await fail(door, 3)).toEqual([429, 429, 429]);
    pass(39_500);
    expect(await door.knock(from("192.0.2.1"))).toBe("the admin token");
    expect(await fail(door, 11)).toEqual([...Array(10).fill(401), 429]);
  });

  test("of a client are nobody else's, and neither is what Access vouches for", async () => {
    const door = new Door();
    await fail(door, 11);
    expect(await door.knock(from("192.0.2.2"))).toBe("the admin token");
    expect(await door.knock({ "cf-connecting-ip": "192.0.2.1" })).toBe(401);
    door.access = { aud, getIdentity: async () => ann };
    expect(await door.knock({ "cf-connecting-ip": "192.0.2.1" })).toBe("ann@example.com");
  });

  test("are logged once for each blocking, with the address and without what was tried", async () => {
    const door = new Door();
    await fail(door, 30);
    const fields = { client: "192.0.2.1", address: "192.0.2.1", waitSeconds: 60 };
    expect(door.warnings).toEqual([["too many failed sign-ins", fields]]);
    pass(minuteMs);
    await fail(door, 30);
    expect(door.warnings).toHaveLength(2);
  });

  test("are those with a token that is not right; a request without one, or with the right one, is none", async () => {
    const door = new Door();
    for (let i = 0; i < 30; i += 1) {
      expect(await door.knock()).toBe(401);
      expect(await door.knock({ authorization: "Digest x" })).toBe(401);
      expect(await door.knock(bearer())).toBe("the admin token");
    }
    const expired = await tokenOf(ann, { fromMs: nowMs - 2 * minuteMs });
    const outcomes = [];
    for (let i = 0; i < 11; i += 1) outcomes.push(await door.bearing(expired));
    expect(outcomes).toEqual([...Array(10).fill(401), 429]);
    expect(await door.bearing(await tokenOf())).toBe(429);
  });

  test("are counted by the binding for all isolates: what it refuses blocks here at once", async () => {
    const keys: string[] = [];
    let left = 3;
    const shared: SharedLimit = {
      limit: async ({ key }) => {
        keys.push(key);
        left -= 1;
        return { success: left >= 0 };
      },
    };
    const [one, other] = [new Door(), new Door()];
    for (const door of [one, other]) door.env.SIGN_IN_LIMIT = shared;
    expect(await fail(one, 2)).toEqual([401, 401]);
    expect(await one.knock(bearer())).toBe("the admin token");
    expect(await one.knock()).toBe(401);
    expect(keys).toEqual(["192.0.2.1", "192.0.2.1"]);
    expect(await fail(other, 2)).toEqual([401, 429]);
    expect(await other.knock(from("192.0.2.1"))).toBe(429);
    expect(keys).toHaveLength(4);
  });

  test("that the binding refuses all at once are one blocking", async () => {
    const door = new Door();
    door.env.SIGN_IN_LIMIT = { limit: async () => ({ success: false }) };
    const guesses = Array.from({ length: 5 }, (_, i) =>
      door.knock(from("192.0.2.1", `guess ${i}`)),
    );
    expect(await Promise.all(guesses)).toEqual(Array(5).fill(429));
    expect(door.warnings).toHaveLength(1);
  });

  test("that come slowly are never too many", async () => {
    const door = new Door();
    for (let minute = 0; minute < 5; minute += 1) {
      expect(await fail(door, 8)).toEqual(Array(8).fill(401));
      pass(minuteMs);
    }
  });

  test("are counted here when the binding fails", async () => {
    const door = new Door();
    door.env.SIGN_IN_LIMIT = { limit: () => Promise.reject(new Error("internal error")) };
    expect(await fail(door, 11)).toEqual([...Array(10).fill(401), 429]);
  });

  test("sent all at once count, too: no more of them are compared than one after another", async () => {
    const door = new Door();
    let counted = 0;
    door.env.SIGN_IN_LIMIT = {
      limit: async () => {
        counted += 1;
        return { success: true };
      },
    };
    const guesses = Array.from({ length: 100 }, (_, i) =>
      door.knock(from("192.0.2.1", i === 50 ? adminToken : `guess ${i}`)),
    );
    expect(await Promise.all(guesses)).toEqual(Array(100).fill(429));
    expect([counted, door.warnings.length]).toEqual([10, 1]);
  });

  test("take no more memory than for a thousand clients, the latest", async () => {
    const attempts = new Attempts();
    for (let i = 0; i < 11; i += 1) await attempts.failed("early", nowMs);
    for (let i = 0; i < 5000; i += 1) await attempts.failed(`client ${i}`, nowMs);
    for (let i = 0; i < 11; i += 1) await attempts.failed("late", nowMs);
    expect(attempts.size).toBe(1000);
    expect([attempts.waitMs("early", nowMs), attempts.waitMs("late", nowMs)]).toEqual([
      0,
      minuteMs,
    ]);
  });

  test("are counted by Cloudflare as they are here", () => {
    const file = readFileSync(join(import.meta.dirname, "../wrangler.toml"), "utf8");
    expect(parse(file).ratelimits).toEqual([
      {
        name: "SIGN_IN_LIMIT",
        namespace_id: expect.stringMatching(/^\d+$/),
        simple: { limit: 10, period: 60 },
      },
    ]);
  });

  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::6", "2001:db8:1:2::/64"],
    ["2001:db8::6", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["2001:db8:1::5:6:7:8", "2001:db8:1:0::/64"],
    ["", ""],
  ])("from %j are those of %j", (address, client) => {
    expect(clientOf(new Headers(address ? { "cf-connecting-ip": address } : {}))).toBe(client);
  });
});
