// That the benchmark runs and counts right; how long things take is not looked at.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { median, quantile, toMarkdown } from "../../bench/table.ts";
import { World } from "../../bench/world/world.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "tidemark-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(process.platform === "linux")("npm run bench", () => {
  it("relays a small backlog in every way, loses and repeats none of it, and names who is left out", async () => {
    const events = 250;
    const warmUp = 50;
    const json = join(folder, "bench.json");
    const args = ["--only", "throughput", "--events", String(events), "--runs", "1"];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, "bench/main.ts"), ...args, "--json", json],
      { env: { ...process.env, BENCH_PEERS: join(folder, "none") } },
    );
    const { sections } = JSON.parse(readFileSync(json, "utf8")) as { sections: Section[] };
    expect(sections).toHaveLength(6);
    for (const { title, rows, notes } of sections) {
      expect(stdout).toContain(title);
      const tidemark = rows.find(({ who }) => who === "Tidemark");
      const deliveries = (events + warmUp) * (title.includes("to five") ? 5 : 1);
      const single = title.includes("one signed request each");
      const requests = single ? [deliveries] : [deliveries / 100, deliveries / 60];
      expect(tidemark, title).toMatchObject({ lost: [0], repeated: [0] });
      const [sent = 0] = (tidemark?.["requests out"] ?? []) as number[];
      expect(sent, title).toBeGreaterThanOrEqual(requests[0] ?? 0);
      expect(sent, title).toBeLessThanOrEqual(requests.at(-1) ?? 0);
      for (const row of rows)
        expect(row["CPU µs/event"]?.[0], `${title}: ${row.who}`).toBeGreaterThan(0);
      if (single && !title.includes("five"))
        expect(notes).toContainEqual(expect.stringMatching(/^left out: script: .*not installed/));
    }
  }, 240_000);
});

describe.runIf(process.platform === "linux")("npm run bench:startup", () => {
  it("tells what each package has in the script, and how long it takes to the first answer", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(root, "bench/startup.ts"),
      "--runs",
      "1",
    ]);
    const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const kb = (name: string) =>
      Number(new RegExp(`^\\| ${name} \\| ([\\d.,]+) \\|`, "m").exec(stdout)?.[1]);
    const names = Object.keys(dependencies);
    const parts = [...names, "Tidemark itself"].map(kb);
    for (const part of parts) expect(part).toBeGreaterThan(10);
    expect(parts.reduce((a, b) => a + b)).toBeCloseTo(kb("all"), -1);
    expect(stdout).toMatch(/^\| Tidemark \| \d+(\.\d+)? \| \d+(\.\d+)? \|/m);
  }, 60_000);
});

interface Section {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, string | readonly number[]>>[];
  readonly notes: readonly string[];
}

describe("the bench's world", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.stop());

  const nowMs = Date.now();
  const load = { count: 250, fromMs: nowMs - 500_000, toMs: nowMs - 1000, spread: "even" } as const;
  const page = async (offset: number) => {
    const query = `limit=100&offset=${offset}&from=${new Date(nowMs - 600_000).toISOString()}`;
    const response = await fetch(`${world.origin}/v2/workspaces/w/audit_logs?${query}`);
    const left = response.headers.get("x-ratelimit-remaining");
    return { status: response.status, left, text: await response.text() };
  };
  const send = async (name: string, body: string) =>
    (await fetch(`${world.origin}/to/${name}`, { method: "POST", body })).status;

  it("shows the log page by page, in order", async () => {
    await world.reset(1);
    await world.load(load);
    const pages = [await page(0), await page(100), await page(200)].map(({ text }) =>
      JSON.parse(text),
    );
    expect(pages.map(({ items }) => items.length)).toEqual([100, 100, 50]);
    expect(pages[0].pagination).toEqual({ limit: 100, offset: 0, total: 250 });
    const times = pages.flatMap(({ items }) =>
      items.map(({ timestamp }: { timestamp: string }) => timestamp),
    );
    expect(times).toEqual(times.toSorted());
  });

  it("counts what arrives at each receiver, and what arrives again", async () => {
    await world.reset(2);
    await world.load(load);
    const { text } = await page(0);
    const reached = world.taken(100);
    await send("d1", text);
    await reached;
    await send("d1", text);
    await send("d2", text);
    expect(await world.counts()).toMatchObject({
      taken: 200,
      repeated: 100,
      requests: 3,
      source: 1,
    });
  });

  it("knows more than nine receivers from each other", async () => {
    await world.reset(12);
    await world.load(load);
    const { text } = await page(0);
    for (const name of ["d1", "d11", "d12"]) expect(await send(name, text)).toBe(200);
    expect(await world.counts()).toMatchObject({ taken: 300, repeated: 0 });
  });

  it("refuses while it is out of order, and more than it allows", async () => {
    await world.reset(1, {
      outage: { afterEvents: 100, ms: 60_000 },
      limit: { requests: 1, windowMs: 60_000 },
    });
    await world.load(load);
    const { text, left } = await page(0);
    expect(left).toBe("0");
    expect(await page(100)).toMatchObject({ status: 429, left: "0" });
    expect(await send("d1", text)).toBe(200);
    expect(await send("d1", text)).toBe(500);
    expect(await world.counts()).toMatchObject({
      taken: 100,
      repeated: 0,
      refused: 1,
      throttled: 1,
    });
  });
});

describe("the bench's table", () => {
  it("shows the median of the runs, and between which values it lies", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), quantile([1, 2, 3, 4], 0.95)]).toEqual([
      2, 2.5, 4,
    ]);
    const rows = [{ who: "one", events: [1200, 1000, 1100] }];
    expect(toMarkdown({ title: "T", rows, notes: [] })).toContain("| one | 1,100 (1,000–1,200) |");
  });
});
