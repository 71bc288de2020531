import { describe, expect, it } from "vitest";
import { seeded } from "../../../sandbox/random.ts";
import { AuditLog } from "../../../sandbox/webflow/audit-log.ts";
import {
  type FaultKind,
  Faults,
  faultKinds,
  shiftWhileWalking,
} from "../../../sandbox/webflow/quirks.ts";
import { at, event, token, world } from "./world.ts";

function faultyWorld(kind: FaultKind, settings = {}) {
  const faults = new Faults(seeded(1), null, settings);
  const made = world({ faults });
  made.log.add(event("one", 1000));
  faults.script(kind);
  return made;
}

describe("the filter's ends", () => {
  const filtered = (quirks: Parameters<typeof world>[0]) => {
    const made = world(quirks);
    for (const ms of [3000, 2500, 2000, 1500, 1000]) made.log.add(event(String(ms), ms));
    return made.names({ from: at(2500), to: at(1500), sortOrder: "asc" });
  };

  it("are both inclusive by default", async () =>
    expect(await filtered({})).toEqual(["2500", "2000", "1500"]));

  it("exclude an event at `from` when told to", async () =>
    expect(await filtered({ quirks: { fromInclusive: false } })).toEqual(["2000", "1500"]));

  it("exclude an event at `to` when told to", async () =>
    expect(await filtered({ quirks: { toInclusive: false } })).toEqual(["2500", "2000"]));

  it("compare whole seconds when they have second precision", async () => {
    const quirks = { filterPrecision: "second" } as const;
    expect(await filtered({ quirks })).toEqual(["3000", "2500", "2000", "1500"]);
    expect(await filtered({ quirks: { ...quirks, fromInclusive: false } })).toEqual([
      "2000",
      "1500",
    ]);
    expect(await filtered({ quirks: { ...quirks, toInclusive: false } })).toEqual(["3000", "2500"]);
  });

  it("select nothing when they are the wrong way round", async () => {
    const made = world();
    made.log.add(event("one", 1500));
    const page = await made.page({ from: at(1000), to: at(2000) });
    expect(page).toEqual({ items: [], pagination: { limit: 10, offset: 0, total: 0 } });
  });
});

describe("the order", () => {
  it("is newest first whatever sortOrder says when sorting is ignored", async () => {
    const made = world({ quirks: { sort: "ignored" } });
    for (const ms of [2000, 3000, 1000]) made.log.add(event(String(ms), ms));
    expect(await made.names({ sortOrder: "asc" })).toEqual(["1000", "2000", "3000"]);
  });

  it("of ties differs from request to request when they are shuffled", async () => {
    const made = world({ quirks: { tieOrder: "shuffled" } });
    for (let index = 0; index < 30; index += 1) made.log.add(event(String(index), 1000));
    const query = { limit: 100, sortOrder: "asc" };
    const [first, second] = [await made.names(query), await made.names(query)];
    expect(first).not.toEqual(second);
    expect(first.sort()).toEqual(second.sort());
  });

  it("of ties is that of arrival when they are stable", async () => {
    const made = world();
    for (let index = 0; index < 30; index += 1) made.log.add(event(String(index), 1000));
    expect(await made.names({ limit: 30, sortOrder: "asc" })).toEqual(
      Array.from({ length: 30 }, (_, index) => String(index)),
    );
  });
});

it("a smaller maxLimit silently cuts the limit, and the page says so", async () => {
  const made = world({ quirks: { maxLimit: 2 } });
  for (const ms of [3000, 2000, 1000]) made.log.add(event(String(ms), ms));
  const page = await made.page({ limit: 100 });
  expect(page.items).toHaveLength(2);
  expect(page.pagination).toEqual({ limit: 2, offset: 0, total: 3 });
});

it("a quirk may be switched while the API runs", async () => {
  const made = world();
  made.log.add(event("one", 1000));
  expect(await made.names({ from: at(1000) })).toEqual(["one"]);
  made.quirks.fromInclusive = false;
  expect(await made.names({ from: at(1000) })).toEqual([]);
});

describe("a fault", () => {
  it.each<[FaultKind, string | null]>([
    ["throttled", "7"],
    ["throttled_until_date", "Tue, 01 Sep 2026 12:00:07 GMT"],
    ["throttled_without_hint", null],
    ["throttled_absurdly", "31536000"],
  ])("%s is a 429 with Retry-After %s", async (kind, retryAfter) => {
    const response = await faultyWorld(kind).get();
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe(retryAfter);
    expect(await response.json()).toMatchObject({ code: "too_many_requests" });
  });

  it.each<[FaultKind, number, string]>([
    ["internal_error", 500, "internal_error"],
    ["service_unavailable", 503, "service_unavailable"],
  ])("%s is a %s with a JSON body", async (kind, status, code) => {
    const response = await faultyWorld(kind).get();
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code, externalReference: null, details: [] });
  });

  it.each<[FaultKind, number]>([
    ["html_ok", 200],
    ["html_bad_gateway", 502],
  ])("%s is a %s with a page of HTML", async (kind, status) => {
    const response = await faultyWorld(kind).get();
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(await response.text()).toMatch(/^<!DOCTYPE html>/);
  });

  it("cut_json is a 200 that stops in the middle of the real answer", async () => {
    const made = faultyWorld("cut_json");
    const cut = await (await made.get()).text();
    const whole = await (await made.get()).text();
    expect(whole.startsWith(cut)).toBe(true);
    expect(() => JSON.parse(cut)).toThrow();
  });

  it("empty_object is a 200 with {} and empty_body a 200 with nothing", async () => {
    expect(await (await faultyWorld("empty_object").get()).text()).toBe("{}");
    const empty = await faultyWorld("empty_body").get();
    expect(empty.status).toBe(200);
    expect(await empty.text()).toBe("");
  });

  it("null_items is a 200 without items beside a total that says otherwise", async () => {
    const body = await (await faultyWorld("null_items").get()).json();
    expect(body).toEqual({ items: null, pagination: { limit: 10, offset: 0, total: 1 } });
    const beyond = await (await faultyWorld("null_items").get({ from: at(0) })).json();
    expect(beyond).toMatchObject({ items: null, pagination: { total: 1 } });
  });

  it("connection_failure rejects as fetch does, and is counted", async () => {
    const made = faultyWorld("connection_failure");
    await expect(made.get()).rejects.toThrow(TypeError);
    expect(made.api.counts).toEqual({ requests: 1, failures: 1, byStatus: {} });
  });

  it("slow answers in the end, after the clock moved on", async () => {
    const made = faultyWorld("slow", { slowMs: 30_000 });
    const before = made.now();
    expect((await made.get()).status).toBe(200);
    expect(made.now() - before).toBe(30_000);
  });

  it("slow rejects when the caller has given up", async () => {
    const made = faultyWorld("slow");
    const controller = new AbortController();
    controller.abort(new DOMException("too slow", "TimeoutError"));
    const request = new Request("https://api.webflow.com/v2/token/introspect", {
      headers: { authorization: `Bearer ${token}` },
      signal: controller.signal,
    });
    await expect(made.api.fetch(request)).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("oversized hides the real answer behind so many bytes of white space", async () => {
    const text = await (await faultyWorld("oversized", { oversizedBytes: 100_000 }).get()).text();
    expect(text.length).toBeGreaterThan(100_000);
    expect(JSON.parse(text)).toMatchObject({ pagination: { total: 1 } });
  });

  it("never spoils a refusal into something that looks like an answer", async () => {
    for (const kind of ["cut_json", "empty_object", "null_items", "oversized"] as const) {
      const response = await faultyWorld(kind).get({}, "ws-stranger");
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ code: "not_authorized" });
    }
  });
});

describe("what decides on faults", () => {
  it("plays the script first, one entry for each request", async () => {
    const faults = new Faults(seeded(1));
    const made = world({ faults });
    faults.script("internal_error", null, "service_unavailable");
    const statuses: number[] = [];
    for (let index = 0; index < 4; index += 1) statuses.push((await made.get()).status);
    expect(statuses).toEqual([500, 200, 503, 200]);
  });

  it("draws from the mix at about its rate, the same for the same seed", () => {
    const draw = () => {
      const faults = new Faults(seeded(5), { rate: 0.1, kinds: faultKinds });
      return Array.from({ length: 3000 }, () => faults.next());
    };
    const drawn = draw();
    const hits = drawn.filter((kind) => kind !== null);
    expect(hits.length).toBeGreaterThan(240);
    expect(hits.length).toBeLessThan(360);
    expect(new Set(hits)).toEqual(new Set(faultKinds));
    expect(drawn).toEqual(draw());
  });

  it("can be switched on and off", () => {
    const faults = new Faults(seeded(5));
    expect(faults.next()).toBeNull();
    faults.mix = { rate: 1, kinds: ["html_ok"] };
    expect(faults.next()).toBe("html_ok");
    faults.mix = null;
    expect(faults.next()).toBeNull();
  });
});

it("a late event that appears while the log is walked shifts every later page", async () => {
  const log = new AuditLog();
  for (let index = 0; index < 4; index += 1) log.add(event(`old ${index}`, 5000 - index * 1000));
  const late = [event("late 0", 9000), event("late 1", 8000)];
  const made = world({ log, beforeAnswer: shiftWhileWalking(log, late) });
  const query = { limit: 2, sortOrder: "asc" };
  expect(await made.names(query)).toEqual(["late 0", "old 0"]);
  expect(await made.names({ ...query, offset: 2 })).toEqual(["old 0", "old 1"]);
  expect(await made.names({ ...query, offset: 4 })).toEqual(["old 2", "old 3"]);
});
