import { afterEach, describe, expect, it, vi } from "vitest";
import { VirtualClock } from "../sandbox/clock.ts";
import {
  type Clock,
  exchange,
  type Fetch,
  type OutgoingRequest,
  systemClock,
} from "../src/http.ts";

const outgoing: OutgoingRequest = {
  method: "POST",
  url: "https://hooks.example.com/services/very-secret",
  headers: { "content-type": "application/json" },
  body: '{"a":1}',
};
const limits = { timeoutMs: 15_000, maxBytes: 10 };

/** A clock that knows how many of its timers are still waiting. */
class CountingClock extends VirtualClock implements Clock {
  waiting = 0;

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.waiting += 1;
    await super.sleep(ms, signal);
    this.waiting -= 1;
  }
}

async function send(fetch: Fetch, request = outgoing) {
  const clock = new CountingClock(0);
  const answer = await clock.run(exchange(fetch, clock, request, limits));
  await Promise.resolve();
  return { answer, tookMs: clock.now(), clock };
}

function endless(chunk: string, onCancel = () => {}): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode(chunk)),
    cancel: onCancel,
  });
}

describe("an exchange", () => {
  it("sends the bytes as given, under our own name, and follows no redirect", async () => {
    let seen: Request | undefined;
    const { answer } = await send(async (request) => {
      seen = request.clone();
      return new Response("moved", { status: 302, headers: { location: "https://evil.example" } });
    });
    expect(answer).toMatchObject({ kind: "answer", status: 302, body: "moved" });
    expect(seen).toMatchObject({ method: "POST", redirect: "manual" });
    expect(seen?.headers.get("user-agent")).toMatch(/^Tidemark\//);
    expect(await seen?.text()).toBe(outgoing.body);
  });

  it("sends bytes as bytes, and nothing with a GET", async () => {
    const bodies: number[][] = [];
    const note: Fetch = async (request) => {
      bodies.push([...new Uint8Array(await request.arrayBuffer())]);
      return new Response();
    };
    await send(note, { ...outgoing, body: new Uint8Array([0, 255, 128]) });
    await send(note, { method: "GET", url: outgoing.url, headers: {} });
    expect(bodies).toEqual([[0, 255, 128], []]);
  });

  it.each([204, 200, 500])(
    "answers with status %i and a body that may be empty",
    async (status) => {
      const { answer } = await send(async () => new Response(null, { status }));
      expect(answer).toMatchObject({ kind: "answer", status, body: "" });
    },
  );

  it("reads a body of exactly the cap, also where a character is cut by a chunk", async () => {
    const bytes = new TextEncoder().encode("12345é€x");
    expect(bytes).toHaveLength(11);
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes.slice(0, 10)) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const { answer } = await send(async () => new Response(body));
    expect(answer).toMatchObject({ kind: "answer", body: "12345é€" });
  });

  it("reads no further than the cap, and lets go of the rest", async () => {
    const cancelled = vi.fn();
    const { answer, tookMs } = await send(async () => new Response(endless("abc", cancelled)));
    expect(answer).toMatchObject({ kind: "failure", reason: "too_large" });
    expect(cancelled).toHaveBeenCalledOnce();
    expect(tookMs).toBe(0);
  });

  it.each([
    ["its length is announced", { "content-length": "3" }],
    ["its length is not", {}],
    ["the length is that of what is packed", { "content-length": "3", "content-encoding": "gzip" }],
  ] as const)("reads a body as it is where %s", async (_, headers) => {
    const { answer } = await send(async () => new Response("abc", { headers }));
    expect(answer).toMatchObject({ kind: "answer", body: "abc" });
  });

  it("does not believe a length that is that of what is packed, nor one beyond the cap", async () => {
    for (const headers of [
      { "content-length": "3", "content-encoding": "gzip" },
      { "content-length": "9999" },
    ]) {
      const { answer } = await send(async () => new Response(endless("abc"), { headers }));
      expect(answer).toMatchObject({ kind: "failure", reason: "too_large" });
    }
  });

  it.each([
    ["an answer that never comes", () => new Promise<Response>(() => undefined)],
    ["a body that never ends", async () => new Response(new ReadableStream({ pull: () => {} }))],
    [
      "a body too large whose cancelling never ends",
      async () => new Response(endless("abcdefghijk", () => new Promise(() => undefined) as never)),
    ],
  ])("gives up on %s at the deadline, and aborts the request", async (_, fetch) => {
    let signal: AbortSignal | undefined;
    const { answer, tookMs } = await send((request) => {
      signal = request.signal;
      return fetch();
    });
    expect(answer).toMatchObject({ kind: "failure", reason: "timeout" });
    expect(answer).toHaveProperty("message", "no complete answer within 15 s");
    expect([tookMs, signal?.aborted]).toEqual([15_000, true]);
  });

  it.each([
    ["a connection that is refused", () => Promise.reject(new TypeError(`no ${outgoing.url}`))],
    [
      "a fetch that throws at once",
      () => {
        throw new TypeError(outgoing.url);
      },
    ],
    ["a thrown text", () => Promise.reject(outgoing.url)],
    [
      "a body that breaks off",
      async () =>
        new Response(
          new ReadableStream({ pull: (stream) => stream.error(new Error(outgoing.url)) }),
        ),
    ],
  ])("tells %s as a network failure, without the URL", async (_, fetch) => {
    const { answer } = await send(fetch as Fetch);
    expect(answer).toMatchObject({ kind: "failure", reason: "network" });
    expect(JSON.stringify(answer)).not.toContain("secret");
  });

  it.each([
    ["a URL that is none", { ...outgoing, url: "very-secret" }],
    ["a header that is none", { ...outgoing, headers: { "x-a": "very-secret\n" + "é€" } }],
    ["a body with GET", { ...outgoing, method: "GET" as const }],
  ])("tells %s as a failure too: it never throws", async (_, request) => {
    const { answer } = await send(async () => new Response(), request);
    expect(answer.kind).toBe("failure");
    expect(JSON.stringify(answer)).not.toContain("secret");
  });

  it.each([
    ["breaks off", () => new ReadableStream({ pull: (stream) => stream.error(new Error()) })],
    ["is larger than we read", () => endless("abcdefghijk")],
    ["never ends", () => new ReadableStream({ pull: () => {} })],
  ])("takes a refusal by its status, also when the body that explains it %s", async (_, body) => {
    const headers = { "retry-after": "7" };
    for (const status of [302, 401, 404, 413, 429, 503]) {
      const { answer } = await send(
        async () => new Response(body() as BodyInit, { status, headers }),
      );
      expect(answer).toMatchObject({ kind: "answer", status });
      expect(answer.kind === "answer" && answer.headers.get("retry-after")).toBe("7");
      expect(answer).toHaveProperty("body", expect.stringMatching(/broke off|larger|no complete/));
    }
  });

  it("leaves no timer behind, however it ended", async () => {
    const ends: Fetch[] = [
      async () => new Response("ok"),
      async () => new Response(endless("abc")),
      async () => Promise.reject(new Error("no")),
      () => new Promise(() => undefined),
    ];
    for (const fetch of ends) expect((await send(fetch)).clock.waiting).toBe(0);
  });
});

describe("the system's clock", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("wakes after the time, or at once when aborted, and leaves no timer behind", async () => {
    vi.useFakeTimers();
    const abort = new AbortController();
    const slept = systemClock.sleep(1000);
    const aborted = systemClock.sleep(60_000, abort.signal);
    expect(vi.getTimerCount()).toBe(2);
    abort.abort();
    await aborted;
    await systemClock.sleep(60_000, abort.signal);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1000);
    await slept;
    expect(vi.getTimerCount()).toBe(0);
  });
});
