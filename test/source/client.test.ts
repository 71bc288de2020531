import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../sandbox/clock.ts";
import type { Fetch } from "../../src/http.ts";
import { type PageQuery, pullPage, toIsoSecond } from "../../src/source/client.ts";

const nowMs = Date.parse("2026-06-01T12:00:00Z");
const token = "ws-7f3a9c-do-not-show";
const cursor: PageQuery = { fromSecond: nowMs / 1000 };

async function pull(fetch: Fetch, query = cursor, workspace = "w1") {
  const clock = new VirtualClock(nowMs);
  return clock.run(
    pullPage(fetch, clock, workspace, { value: token, secret: "WEBFLOW_TOKEN" }, query),
  );
}

const answering = (body: unknown, init: ResponseInit = {}): Fetch => {
  return async () => new Response(typeof body === "string" ? body : JSON.stringify(body), init);
};
const page = (items: unknown, pagination?: unknown) => ({ items, pagination });

async function fault(fetch: Fetch) {
  const read = await pull(fetch);
  if (read.kind !== "fault") throw new Error(`a page: ${JSON.stringify(read)}`);
  expect(JSON.stringify(read)).not.toContain(token);
  return read.fault;
}

describe("a request for a page", () => {
  async function asked(query: PageQuery, workspace?: string): Promise<Request> {
    let seen: Request | undefined;
    await pull(
      async (request) => {
        seen = request;
        return Response.json(page([]));
      },
      query,
      workspace,
    );
    if (!seen) throw new Error("nothing was asked");
    return seen;
  }

  it("asks for whole UTC seconds, oldest first, in full pages, with the token in a header only", async () => {
    const request = await asked({ ...cursor, toSecond: nowMs / 1000 + 60, offset: 50 });
    expect(request.method).toBe("GET");
    expect(request.headers.get("authorization")).toBe(`Bearer ${token}`);
    expect(request.url).not.toContain(token);
    expect(Object.fromEntries(new URL(request.url).searchParams)).toEqual({
      limit: "100",
      offset: "50",
      sortOrder: "asc",
      from: "2026-06-01T12:00:00Z",
      to: "2026-06-01T12:01:00Z",
    });
  });

  it("encodes what stands in its path and its parameters", async () => {
    const { url } = await asked({ ...cursor, eventType: "a&limit=1" }, "my/work space?x#y");
    expect(new URL(url).pathname).toBe("/v2/workspaces/my%2Fwork%20space%3Fx%23y/audit_logs");
    expect(new URL(url).searchParams.get("eventType")).toBe("a&limit=1");
    expect(new URL(url).searchParams.getAll("limit")).toEqual(["100"]);
  });

  it("never asks for a time before 1970", () => {
    expect(toIsoSecond(-1)).toBe("1970-01-01T00:00:00Z");
    expect(toIsoSecond(1)).toBe("1970-01-01T00:00:01Z");
  });
});

describe("a page", () => {
  it.each<[string, unknown, number | undefined]>([
    ["with a total", page([{ a: 1 }], { limit: 100, offset: 0, total: 7 }), 7],
    ["without pagination", { items: [{ a: 1 }] }, undefined],
    ["with pagination null", page([{ a: 1 }], null), undefined],
    ["with a total that is no number", page([{ a: 1 }], { total: "7" }), undefined],
  ])("%s is its items as they came", async (_, body, total) => {
    expect(await pull(answering(body))).toEqual({ kind: "page", items: [{ a: 1 }], total });
  });

  it.each([
    ["no items and a total of 0", page([], { total: 0 })],
    ["items: null and a total of 0", page(null, { total: 0 })],
    ["no items behind the last", page([], { offset: 100, total: 100 })],
  ])("with %s is empty", async (_, body) => {
    expect(await pull(answering(body))).toMatchObject({ kind: "page", items: [] });
  });

  it("is good whatever Retry-After stands on a 200", async () => {
    const fetch = answering(page([{}], { total: 1 }), { headers: { "retry-after": "60" } });
    expect(await pull(fetch)).toEqual({ kind: "page", items: [{}], total: 1 });
  });
});

describe("an answer that is broken", () => {
  const whole = JSON.stringify(page([{ a: "é" }, { b: 2 }], { limit: 100, offset: 0, total: 2 }));

  it("at any byte is blind, never an empty page", async () => {
    for (let end = 0; end < whole.length; end++) {
      expect([end, (await fault(answering(whole.slice(0, end)))).kind]).toEqual([end, "blind"]);
    }
  });

  it.each<[string, unknown, RegExp]>([
    ["HTML", "<!DOCTYPE html><h1>Just a moment...</h1>", /without a JSON object: <!DOCTYPE/],
    ["null", "null", /without a JSON object/],
    ["a list", "[]", /without a JSON object/],
    ["a text", '"ok"', /without a JSON object/],
    ["an empty object", {}, /without a list of items/],
    ["items that are an object", page({}), /without a list of items/],
    ["items: null without a total", page(null), /without a list of items/],
    ["items: null where a total says otherwise", page(null, { total: 3 }), /without a list/],
    [
      "no items where a total says otherwise",
      page([], { total: 3 }),
      /no items although it counts 3/,
    ],
    ["no items before the last", page([], { offset: 50, total: 51 }), /although it counts 51/],
    ["an error under status 200", { code: "x", message: "y" }, /without a list of items/],
  ])("as %s is blind", async (_, body, text) => {
    expect(await fault(answering(body))).toMatchObject({
      kind: "blind",
      text: expect.stringMatching(text),
    });
  });

  it("as a stream of more than 4 MiB is blind, and is not read to its end", async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull(stream) {
        pulled += 1;
        stream.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    expect(await fault(async () => new Response(body))).toMatchObject({
      kind: "blind",
      text: expect.stringContaining("larger than 4194304 bytes"),
    });
    expect(pulled).toBeLessThan(70);
  });

  it("as a connection that fails, or an answer that does not come, is blind", async () => {
    const refused = await fault(() => Promise.reject(new TypeError(`fetch failed ${token}`)));
    expect(refused).toMatchObject({
      kind: "blind",
      text: expect.stringContaining("(TypeError)"),
    });
    const silent = await fault(() => new Promise(() => undefined));
    expect(silent).toMatchObject({ kind: "blind", text: expect.stringContaining("within 20 s") });
  });
});

describe("an answer that refuses", () => {
  const refusal = (status: number, code: string, headers: Record<string, string> = {}) =>
    answering({ code, message: "No", externalReference: null, details: [] }, { status, headers });

  it.each([
    [400, "validation_error", "invalid"],
    [401, "not_authorized", "refused"],
    [403, "missing_scopes", "refused"],
    [403, "not_enterprise_plan_workspace", "refused"],
    [403, "forbidden", "refused"],
    [404, "resource_not_found", "blind"],
    [409, "conflict", "blind"],
    [302, "moved", "blind"],
    [429, "too_many_requests", "throttled"],
    [500, "internal_error", "blind"],
  ])("with %i %s is %s, with Webflow's own words", async (status, code, kind) => {
    const { text, ...rest } = await fault(refusal(status, code));
    expect(rest).toEqual({ kind, status, code });
    expect(text).toContain(`HTTP ${status} ${code} "No"`);
  });

  it.each([
    ["seconds", "7", 7000],
    ["no time at all", "0", 1000],
    ["a date", new Date(nowMs + 90_000).toUTCString(), 90_000],
    ["a date that is over", new Date(nowMs - 90_000).toUTCString(), 1000],
    ["a year", "31536000", 3_600_000],
    ["more digits than a number holds", "9".repeat(400), 3_600_000],
    ["nothing", "", undefined],
    ["a word", "soon", undefined],
  ])("with 429 and a Retry-After of %s is waited for within bounds", async (_, value, waitMs) => {
    const headers = { "retry-after": value };
    expect((await fault(refusal(429, "x", headers))).retryAfterMs).toBe(waitMs);
    expect((await fault(refusal(503, "x", headers))).retryAfterMs).toBe(waitMs);
  });

  it("with another status is not waited for, whatever its Retry-After", async () => {
    const headers = { "retry-after": "60" };
    for (const status of [400, 401, 403, 404, 500, 502])
      expect((await fault(refusal(status, "x", headers))).retryAfterMs).toBeUndefined();
  });

  it("in HTML is quoted, shortened to one line", async () => {
    const html = `<html>\n<h1>502 Bad Gateway</h1>${"x".repeat(5000)}</html>`;
    const { text } = await fault(answering(html, { status: 502 }));
    expect(text).toContain('"<html> <h1>502 Bad Gateway</h1>');
    expect(text.length).toBeLessThan(500);
  });

  it("with a message of a megabyte is quoted shortened too", async () => {
    const { text } = await fault(answering({ message: "x\n".repeat(5e5) }, { status: 500 }));
    expect(text.length).toBeLessThan(500);
  });

  it.each([
    ["in a message", { code: "not_authorized", message: `Bearer ${token} is not valid` }, 401],
    ["in a code", { code: token, message: "No" }, 403],
    ["in HTML", `<pre>authorization: Bearer ${token}</pre>`, 502],
    ["in a 200", `<pre>authorization: Bearer ${token}</pre>`, 200],
  ])("never shows the token, though the answer quotes it %s", async (_, body, status) => {
    const told = await fault(answering(body, { status }));
    expect(JSON.stringify(told)).not.toContain(token);
  });
});
