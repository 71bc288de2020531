// One request to a receiver: the token that it may want, compression, the binding it goes through.
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../sandbox/clock.ts";
import { Sender } from "../src/deliver.ts";
import type { BoundDestination } from "../src/destinations/bind.ts";
import type { Stop } from "../src/destinations/destination.ts";
import { judgeByStatus } from "../src/destinations/kit/outcome.ts";
import { auditEvent, letterOf } from "./support/events.ts";
import { startMs } from "./support/world.ts";

const hour = 3_600_000;
const letters = [letterOf(auditEvent())];
const post = (path: string, headers: Record<string, string> = {}) => ({
  method: "POST" as const,
  url: `https://siem.example.com${path}`,
  headers,
  body: "[]",
});

/** A destination that wants a token, and the receiver that gives it out, for an hour each. */
function open(overrides: Partial<BoundDestination> = {}) {
  const clock = new VirtualClock(startMs);
  const requests: string[] = [];
  const site = {
    issued: 0,
    refused: new Set<string>(),
    token: (): Response | undefined => undefined,
    /** What the intake's answer says. */
    says: "",
  };
  const destination: BoundDestination = {
    type: "test",
    chat: false,
    minIntervalMs: 0,
    limits: { events: 100 },
    fingerprint: "options",
    grant: {
      request: () => post("/token"),
      read(answer, attempt) {
        if (answer.kind === "answer" && answer.status === 200) {
          return { kind: "token", token: answer.body, expiresMs: attempt.nowMs + hour };
        }
        return judgeByStatus(answer, attempt) as Stop;
      },
    },
    pack: (all) => [all],
    encode: (_group, { token }) => post("/in", { authorization: `Bearer ${token}` }),
    judge: judgeByStatus,
    ...overrides,
  };
  const fetch = async (request: Request) => {
    const { pathname } = new URL(request.url);
    const sent = request.headers.get("authorization") ?? "";
    requests.push(`${pathname} ${sent}`.trim());
    if (pathname === "/token") {
      site.issued += 1;
      return site.token() ?? new Response(`token-number-${site.issued}`);
    }
    return new Response(site.says || null, { status: site.refused.has(sent) ? 401 : 204 });
  };
  const sender = new Sender({ fetch, clock }, destination);
  let paid = 0;
  const send = (budget = 99) =>
    sender.send(letters, "usual", () => {
      paid += 1;
      return paid <= budget;
    });
  return { clock, requests, send, site };
}

describe("a receiver that wants a token", () => {
  it("gets it with each request; it is fetched once", async () => {
    const { send, requests } = open();
    for (let i = 0; i < 3; i++) expect(await send()).toEqual({ kind: "delivered" });
    expect(requests).toEqual([
      "/token",
      "/in Bearer token-number-1",
      "/in Bearer token-number-1",
      "/in Bearer token-number-1",
    ]);
  });

  it("gets a new one a minute before the old one expires", async () => {
    const { send, requests, clock } = open();
    await send();
    await clock.runUntil(startMs + hour - 61_000);
    await send();
    expect(requests).toHaveLength(3);
    await clock.runUntil(startMs + hour - 60_000);
    await send();
    expect(requests.slice(3)).toEqual(["/token", "/in Bearer token-number-2"]);
  });

  it("is tried again with a fresh token when it refuses one before its time", async () => {
    const { send, requests, site } = open();
    await send();
    site.refused.add("Bearer token-number-1");
    expect(await send()).toEqual({
      kind: "retry",
      reason: "HTTP 401: the token was refused before its time",
    });
    expect(await send()).toEqual({ kind: "delivered" });
    expect(requests.at(-1)).toBe("/in Bearer token-number-2");
  });

  it("refuses us when it refuses a fresh token, too", async () => {
    const { send, site } = open();
    site.refused.add("Bearer token-number-1");
    expect(await send()).toMatchObject({ kind: "halt" });
  });

  it("is not asked for anything when no token is to be had: the reason tells", async () => {
    const { send, requests, site } = open();
    site.token = () => new Response("slow down", { status: 429, headers: { "retry-after": "9" } });
    expect(await send()).toEqual({
      kind: "retry",
      reason: "HTTP 429: slow down",
      retryAfterMs: 9000,
    });
    site.token = () => new Response("invalid_client", { status: 401 });
    expect(await send()).toMatchObject({ kind: "halt", reason: "HTTP 401: invalid_client" });
    expect(requests).toEqual(["/token", "/token"]);
  });

  it("waits for the next run when the budget has no request for the token", async () => {
    const { send, requests } = open();
    expect(await send(0)).toBe("spent");
    expect(requests).toEqual([]);
  });

  it("shows the token in no reason, also when the receiver repeats it", async () => {
    const { send, site } = open();
    await send();
    site.says = "who is token-number-1?";
    site.refused.add("Bearer token-number-1");
    const { send: other, site: otherSite } = open();
    otherSite.says = "who is token-number-1?";
    otherSite.refused.add("Bearer token-number-1");
    expect(JSON.stringify([await send(), await other()])).not.toContain("token-number");
  });
});

describe("a request", () => {
  it("is compressed on its way where its destination says so", async () => {
    const seen: Request[] = [];
    const sender = new Sender(
      {
        clock: new VirtualClock(startMs),
        fetch: async (request) => {
          seen.push(request);
          return new Response();
        },
      },
      {
        type: "test",
        chat: false,
        minIntervalMs: 0,
        limits: { events: 1 },
        fingerprint: "",
        pack: (all) => [all],
        encode: () => ({ ...post("/in"), body: "ä".repeat(5000), gzip: true }),
        judge: judgeByStatus,
      },
    );
    await sender.send(letters, "usual", () => true);
    const [request] = seen;
    expect(request?.headers.get("content-encoding")).toBe("gzip");
    const bytes = Buffer.from((await request?.arrayBuffer()) ?? new ArrayBuffer());
    expect(bytes.length).toBeLessThan(200);
    expect(gunzipSync(bytes).toString()).toBe("ä".repeat(5000));
  });

  it("that cannot be made is the letter's fault, and reaches nobody", async () => {
    const { send, requests } = open({
      encode: () => {
        throw new Error("no such field");
      },
    });
    expect(await send()).toEqual({
      kind: "reject",
      reason: "could not be encoded: Error: no such field",
    });
    expect(requests).toEqual(["/token"]);
  });
});
