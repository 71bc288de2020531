import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../sandbox/clock.ts";
import { integer, type Random, seeded } from "../../sandbox/random.ts";
import { webflowApi } from "../../sandbox/webflow/api.ts";
import { AuditLog } from "../../sandbox/webflow/audit-log.ts";
import { defaultQuirks, type Quirks } from "../../sandbox/webflow/quirks.ts";
import { Tokens } from "../../sandbox/webflow/tokens.ts";
import { pullPage } from "../../src/source/client.ts";
import { type Pull, type Stretch, Walk } from "../../src/source/walk.ts";

const base = Date.parse("2026-06-01T12:00:00Z") / 1000;
const nowMs = (base + 100_000) * 1000;
const token = "ws-token";

/** What happens in one second, `after` seconds behind the crowd before it. */
interface Crowd {
  readonly after: number;
  readonly count: number;
  readonly types: "mixed" | "one" | "unknown" | "some unknown";
  /** On how many different milliseconds of the second they lie: 1 = all tie. */
  readonly instants: number;
  /** One in so many is an equal copy of the one before; 0 = none. */
  readonly twinEvery: number;
  /** One in so many has no usable timestamp; 0 = none. */
  readonly unusableEvery: number;
}

interface Scene {
  readonly crowds: readonly Crowd[];
  readonly quirks?: Partial<Quirks>;
  /** At each page request an event is inserted with this probability, somewhere in the log; 40 at most. */
  readonly insertions?: number;
  readonly insert?: (request: number, random: Random) => readonly object[];
  readonly seed?: number;
  /** How the answer's body is spoilt on its way. */
  readonly edit?: (body: { pagination?: unknown }) => unknown;
}

const known = ["user_access", "custom_role", "workspace_membership", "workspace_invitation"];

function event(second: number, ms: number, eventType: string, n: number) {
  const timestamp = new Date(second * 1000 + ms).toISOString();
  return { timestamp, eventType, eventSubType: "x", payload: { n } };
}

function typeOf(types: Crowd["types"], i: number): string {
  if (types === "one") return "user_access";
  if (types === "unknown" || (types === "some unknown" && i % 7 === 0)) return "site_backup";
  return known[i % known.length] ?? "";
}

/** A log, the sandbox's API before it, and a walk over that. */
function open({ crowds, quirks, insertions = 0, insert, seed = 1, edit }: Scene) {
  const random = seeded(seed);
  const log = new AuditLog();
  const before: object[] = [];
  const inserted: object[] = [];
  const unusable: object[] = [];
  let n = 0;
  let second = base;
  for (const crowd of crowds) {
    second += crowd.after;
    let last = event(second, 0, "user_access", n++);
    for (let i = 0; i < crowd.count; i++) {
      const ms = Math.floor(((i % crowd.instants) * 1000) / crowd.instants);
      const twin = i > 0 && crowd.twinEvery > 0 && i % crowd.twinEvery === 0;
      if (!twin) last = event(second, ms, typeOf(crowd.types, i), n++);
      if (crowd.unusableEvery > 0 && i % crowd.unusableEvery === crowd.unusableEvery - 1) {
        const item = { timestamp: "yesterday", eventType: "user_access", payload: { n: n++ } };
        unusable.push(item);
        log.add(item, { visibleAtMs: second * 1000 + ms });
      }
      before.push(last);
      log.add(structuredClone(last));
    }
  }
  const end = second;
  const clock = new VirtualClock(nowMs);
  const tokens = new Tokens();
  tokens.issue(token);
  let requests = 0;
  const api = webflowApi({
    log,
    clock,
    random,
    tokens,
    workspace: { id: "w", slug: "s" },
    quirks: { ...defaultQuirks, ...quirks },
    rateLimit: Number.POSITIVE_INFINITY,
    beforeAnswer(atMs) {
      requests += 1;
      const drawn =
        random() < insertions && inserted.length < 40
          ? [event(integer(random, base - 3, end + 3), integer(random, 0, 999), "custom_role", n++)]
          : [];
      for (const item of [...drawn, ...(insert?.(requests, random) ?? [])]) {
        inserted.push(item);
        log.add(item, { visibleAtMs: atMs });
      }
    },
  });
  const fetch = async (request: Request) => {
    const response = await api.fetch(request);
    return edit && response.ok ? Response.json(edit((await response.json()) as object)) : response;
  };
  const pull: Pull = (query) => pullPage(fetch, clock, "w", { value: token, secret: null }, query);
  const state = { disorders: 0 };
  const walk = new Walk(pull, () => {
    state.disorders += 1;
  });
  return { walk, pull, before, inserted, unusable, end, state, requests: () => requests };
}

type Opened = ReturnType<typeof open>;

/** Walks from the cursor to the head; a second that could not be read exactly is read again, up to `tries` times. */
async function readAll({ walk }: Opened, cursor: number, tries = 1) {
  const stretches: { cursor: number; stretch: Stretch }[] = [];
  for (let at = cursor, failed = 0; ; ) {
    const read = await walk.read(at);
    if (read.kind === "spent") throw new Error("spent");
    if (read.kind === "fault") {
      if (++failed >= tries) throw new Error(read.fault.text);
      continue;
    }
    stretches.push({ cursor: at, stretch: read });
    if (stretches.length > 5000) throw new Error("the walk does not end");
    at = read.through + 1;
    if (read.atHead) return stretches;
  }
}

const secondOf = (item: object) =>
  Math.floor(Date.parse((item as { timestamp: string }).timestamp) / 1000);

function counted(items: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const text = JSON.stringify(item);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

/** What design section 4 promises of a walk. */
function check(world: Opened, cursor: number, read: Awaited<ReturnType<typeof readAll>>): void {
  const records = read.flatMap(({ stretch }) => stretch.records);
  const got = counted(records.map(({ raw }) => raw));
  const owed = counted(world.before.filter((item) => secondOf(item) >= cursor));
  const late = counted(world.inserted);
  for (const [text, count] of owed) expect([text, got.get(text)]).toEqual([text, count]);
  for (const [text, count] of got) {
    if (!owed.has(text)) expect(count).toBeLessThanOrEqual(late.get(text) ?? 0);
  }
  let next = cursor;
  for (const { cursor: from, stretch } of read) {
    expect(from).toBe(next);
    expect(stretch.through).toBeGreaterThanOrEqual(stretch.atHead ? from - 1 : from);
    for (const { second } of stretch.records) {
      expect(second).toBeGreaterThanOrEqual(from);
      expect(second).toBeLessThanOrEqual(stretch.through);
    }
    next = stretch.through + 1;
  }
  const seen = counted(read.flatMap(({ stretch }) => stretch.unusable.map(({ raw }) => raw)));
  if (cursor <= base)
    for (const item of world.unusable) expect([...seen.keys()]).toContain(JSON.stringify(item));
}

const crowds = (most: number, least = 0) =>
  fc.array(
    fc.record<Crowd>({
      after: fc
        .oneof(fc.constant(1), fc.integer({ min: least, max: 2 }), fc.nat(4000))
        .map((after) => Math.max(after, least)),
      count: fc.oneof(
        fc.nat(5),
        fc.nat(most),
        fc.constantFrom(49, 50, 51, 99, 100, 101).map((n) => Math.min(n, most)),
      ),
      types: fc.constantFrom("mixed", "mixed", "one", "unknown", "some unknown"),
      instants: fc.constantFrom(1, 2, 10, 1000),
      twinEvery: fc.constantFrom(0, 0, 2, 13),
      unusableEvery: fc.constantFrom(0, 0, 0, 3, 40),
    }),
    { maxLength: 7 },
  );

const quirks = fc.record({
  fromInclusive: fc.boolean(),
  toInclusive: fc.boolean(),
  filterPrecision: fc.constantFrom("ms" as const, "second" as const),
  sort: fc.constantFrom("timestamp" as const, "ignored" as const),
  maxLimit: fc.constantFrom(100, 100, 60, 30),
});

/**
 * Requests that a walk may need. A stretch costs one page; without an order to rely on, one more for each halving
 * of the time that is left; and a second that fills a page one for the whole, one for each type, and
 * up to 4 passes in half pages over three seconds (its neighbours may be in the window), twice.
 */
function bound({ before, inserted, unusable, end, requests }: Opened, page: number): number {
  const items = before.length + inserted.length + unusable.length;
  const seconds = new Set(before.map(secondOf)).size + inserted.length;
  const halvings = Math.ceil(Math.log2(end - base + requests()) + 1);
  const passes = 2 * 4 * (2 + (3 * 2 * items) / page);
  return 4 + (2 * seconds + 2) * (2 * halvings + 16) + passes * (1 + items / page);
}

describe("a walk", () => {
  it("returns exactly what the log shows, whatever the filters' ends, the order and the size of pages, with insertions at any page", async () => {
    await fc.assert(
      fc.asyncProperty(
        crowds(500),
        quirks,
        fc.constantFrom(0, 0, 0.3, 1),
        fc.integer({ min: -5, max: 3 }),
        fc.nat(),
        async (crowds, quirks, insertions, start, seed) => {
          const world = open({ crowds, quirks, insertions, seed });
          const read = await readAll(world, base + start, 9);
          check(world, base + start, read);
          expect(world.requests()).toBeLessThanOrEqual(bound(world, quirks.maxLimit));
        },
      ),
      { numRuns: 400 },
    );
  });

  it("returns exactly what the log shows though ties come in another order at every request", async () => {
    await fc.assert(
      fc.asyncProperty(
        crowds(140, 1),
        quirks,
        fc.constantFrom(0, 0.3),
        fc.nat(),
        async (crowds, quirks, insertions, seed) => {
          const world = open({
            crowds,
            quirks: { ...quirks, maxLimit: 100, tieOrder: "shuffled" },
            insertions,
            seed,
          });
          check(world, base, await readAll(world, base, 200));
        },
      ),
      { numRuns: 200 },
    );
  });

  const crowd = (over: Partial<Crowd> = {}): Crowd => ({
    after: 1,
    count: 1,
    types: "mixed",
    instants: 1000,
    twinEvery: 0,
    unusableEvery: 0,
    ...over,
  });

  it("of a calm log needs no more than one request for each 60 events, and one", async () => {
    const calm = Array.from({ length: 300 }, (_, i) =>
      crowd({ after: 1 + (i % 9), count: i % 21 }),
    );
    const world = open({ crowds: calm });
    check(world, base, await readAll(world, base));
    expect(world.requests()).toBeLessThanOrEqual(1 + Math.ceil(world.before.length / 60));
    expect(world.state.disorders).toBe(0);
  });

  it.each([
    [99, 1],
    [100, 1],
    [101, 2],
    [200, 3],
  ])("reads a log of %i events in %i requests", async (count, requests) => {
    const world = open({ crowds: Array.from({ length: count }, () => crowd()) });
    const read = await readAll(world, base);
    check(world, base, read);
    expect(world.requests()).toBe(requests);
    expect(read.at(-1)?.stretch).toMatchObject({ atHead: true, through: base + count });
  });

  it("of an empty log, or one with nothing after the cursor, ends one second before the cursor", async () => {
    for (const crowds of [[], [crowd({ count: 30 })]]) {
      const [only, ...more] = await readAll(open({ crowds }), base + 2);
      expect(more).toEqual([]);
      expect(only?.stretch).toMatchObject({ records: [], through: base + 1, atHead: true });
    }
  });

  it("reports pages in another order once, and reads them in small windows", async () => {
    const crowds = Array.from({ length: 300 }, () => crowd({ after: 10, count: 2 }));
    const world = open({ crowds, quirks: { sort: "ignored" } });
    check(world, base, await readAll(world, base));
    expect(world.state.disorders).toBe(1);
  });

  it("steps over pages that hold nothing but unusable items, and hands them all on", async () => {
    const world = open({
      crowds: [crowd({ count: 250, twinEvery: 1, unusableEvery: 1 }), crowd({ after: 9 })],
    });
    check(world, base, await readAll(world, base));
  });

  it("hands on unusable items of a second that fills more than a page", async () => {
    const world = open({
      crowds: [crowd({ count: 300, unusableEvery: 299 }), crowd({ after: 9 })],
    });
    check(world, base, await readAll(world, base));
  });

  it("hands on unusable items though pages come newest first", async () => {
    const crowds = Array.from({ length: 300 }, (_, i) =>
      crowd({ after: 10, unusableEvery: i === 9 ? 1 : 0 }),
    );
    const world = open({ crowds, quirks: { sort: "ignored" } });
    check(world, base, await readAll(world, base));
  });

  it("is not fooled when an insertion makes up for an event of a type that the filter does not know", async () => {
    const world = open({
      crowds: [crowd({ count: 150, instants: 1 }), crowd({ after: 0, types: "unknown" })],
      insert: (request) => (request === 3 ? [event(base + 1, 0, "user_access", -1)] : []),
    });
    check(world, base + 1, await readAll(world, base + 1));
  });

  it("never overlooks the one event that hides among 150 equal ones, though ties are shuffled", async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const world = open({
        crowds: [crowd({ count: 150, instants: 1, twinEvery: 1 }), crowd({ after: 0 })],
        quirks: { tieOrder: "shuffled" },
        seed,
      });
      const read = await readAll(world, base + 1).catch((error: unknown) => String(error));
      if (typeof read === "string") expect(read).toContain("do not agree");
      else check(world, base + 1, read);
    }
  });

  it("reads a crowded second of one type through a page limit of 30", async () => {
    const world = open({ crowds: [crowd({ count: 101, types: "one" })], quirks: { maxLimit: 30 } });
    check(world, base, await readAll(world, base));
  });

  it("finds twins that are further apart than a page among ties in a steady order", async () => {
    const world = open({ crowds: [crowd({ count: 230, types: "one", instants: 1 })] });
    const { before } = world;
    const far = open({
      crowds: [crowd({ count: 230, types: "one", instants: 1 })],
      insert: (request) => (request === 1 ? [structuredClone(before[0] as object)] : []),
    });
    const records = (await readAll(far, base)).flatMap(({ stretch }) => stretch.records);
    expect(records).toHaveLength(231);
  });

  it("counts more truly equal events of one instant than a page holds", async () => {
    const world = open({ crowds: [crowd({ count: 150, instants: 1, twinEvery: 1 })] });
    check(world, base, await readAll(world, base));
  });

  it("asks no more of a second that fills a page exactly than the page again", async () => {
    const quirks = { toInclusive: false, filterPrecision: "second" as const };
    const world = open({ crowds: [crowd({ count: 100 }), crowd({ after: 3, count: 80 })], quirks });
    check(world, base + 1, await readAll(world, base + 1));
    expect(world.requests()).toBe(5);
  });

  describe.each([
    ["pagination is null", () => null],
    ["pagination lacks the total", (pagination: object) => ({ ...pagination, total: undefined })],
  ])("where %s", (_, spoil) => {
    const edit = (body: { pagination?: unknown }) => ({
      ...body,
      pagination: spoil(body.pagination as object),
    });

    it("is exact as long as no second fills a page, and else says that it cannot be", async () => {
      await fc.assert(
        fc.asyncProperty(
          crowds(300),
          fc.boolean(),
          fc.constantFrom("ms" as const, "second" as const),
          async (crowds, toInclusive, filterPrecision) => {
            const world = open({ crowds, quirks: { toInclusive, filterPrecision }, edit });
            try {
              check(world, base, await readAll(world, base));
            } catch (error) {
              expect(String(error)).toContain("lacks pagination.total");
              const most = Math.max(...counted(world.before.map(secondOf)).values());
              expect(most + world.unusable.length).toBeGreaterThan(30);
            }
          },
        ),
        { numRuns: 150 },
      );
    });
  });

  it("passes on a fault, and the end of the budget, at whatever request it comes", async () => {
    const crowds = [crowd({ count: 250, types: "some unknown" }), crowd({ after: 100, count: 80 })];
    const whole = open({ crowds, quirks: { sort: "ignored" } });
    await readAll(whole, base);
    for (let last = 0; last < whole.requests(); last++) {
      for (const end of ["spent", "fault"] as const) {
        const world = open({ crowds, quirks: { sort: "ignored" } });
        let left = last;
        const pull: Pull = async (query) => {
          if (left-- > 0) return world.pull(query);
          return end === "spent"
            ? { kind: "spent" }
            : { kind: "fault", fault: { kind: "blind", text: "no" } };
        };
        const walk = new Walk(pull, () => undefined);
        let read = await walk.read(base);
        while (read.kind === "stretch") read = await walk.read(read.through + 1);
        expect(read.kind).toBe(end);
        expect(left).toBe(-1);
      }
    }
  });
});
