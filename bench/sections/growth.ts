// Whether it stays as it is when there is more: a backlog of 1,000 to 100,000 events, and a ledger that knows a million.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { idPrefix } from "../../src/event/identity.ts";
import { cpuMs, watchMemory } from "../measure.ts";
import { tidemark } from "../peers/tidemark.ts";
import type { Row, Section } from "../table.ts";
import { type Bench, end, fill, inFolder, pidsOf, work } from "../work.ts";

const known = 1_000_000;
const dayMs = 86_400_000;

interface Taken {
  readonly cpuMs: number;
  readonly tookMs: number;
  readonly memoryMb: number;
}

export async function growth(bench: Bench): Promise<Section[]> {
  const { events, say } = bench;
  const peer = tidemark(bench.built);
  const rows: Row[] = [];
  const measure = async (what: string, of: number, to: number, one: () => Promise<Taken>) => {
    const taken: Taken[] = [];
    for (let run = 0; run < Math.min(3, bench.runs); run += 1) taken.push(await one());
    say(`growth: ${what} done`);
    rows.push({
      what,
      "events/s": taken.map(({ tookMs }) => of / (tookMs / 1000)),
      "CPU µs/event": taken.map(({ cpuMs }) => (cpuMs * 1000) / of),
      "CPU µs/delivery": taken.map(({ cpuMs }) => (cpuMs * 1000) / of / to),
      "memory MB": taken.map(({ memoryMb }) => memoryMb),
    });
  };
  const relay = (events: number, destinations: number) =>
    work(bench, peer, { mode: "batch", destinations, events, warmUp: 1000 });
  for (const count of [1000, 10_000, 100_000].filter((n) => n <= events * 10))
    await measure(`a backlog of ${count.toLocaleString("en")} events`, count, 1, () =>
      relay(count, 1),
    );
  for (const to of [1, 5, 25])
    await measure(`${(events / 2).toLocaleString("en")} events to ${to}`, events / 2, to, () =>
      relay(events / 2, to),
    );
  for (const settled of [0, known])
    await measure(
      `${events.toLocaleString("en")} events, ${settled.toLocaleString("en")} settled before`,
      events,
      1,
      () => withLedger(bench, settled, events),
    );
  return [{ title: "Growth: batches of 100, signed", rows, notes: [] }];
}

/** The ledger is filled behind the Worker's back, while it does not run. */
function withLedger(bench: Bench, settled: number, events: number): Promise<Taken> {
  const { world, built } = bench;
  const peer = tidemark(built);
  return inFolder(bench, async (folder) => {
    await world.reset(1);
    const nowMs = Date.now();
    const job = {
      mode: "batch",
      destinations: 1,
      world,
      folder,
      sinceMs: nowMs - 2 * dayMs,
    } as const;
    const once = await peer.start(job);
    await world.load({
      count: 1,
      fromMs: nowMs - dayMs - 60_000,
      toMs: nowMs - dayMs,
      spread: "even",
    });
    once.go();
    await world.taken(1);
    await end(once);
    fillLedger(folder, settled, nowMs - 30 * dayMs);
    await fill(world, events);
    const running = await peer.start(job);
    const peak = watchMemory(() => pidsOf(running));
    try {
      const before = { cpu: cpuMs(pidsOf(running)), atMs: performance.now() };
      running.go();
      await world.taken(events + 1);
      const used = cpuMs(pidsOf(running)) - before.cpu;
      return { cpuMs: used, tookMs: performance.now() - before.atMs, memoryMb: peak() };
    } finally {
      peak();
      await end(running);
    }
  });
}

function fillLedger(folder: string, rows: number, fromMs: number): void {
  const disk = join(folder, "disk", "bench");
  const file = readdirSync(disk).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  if (!file) throw new Error(`no ledger in ${disk}`);
  const db = new DatabaseSync(join(disk, file));
  db.exec("BEGIN");
  const seen = db.prepare(
    "INSERT INTO seen (id, first_seen_ms, late, run_ms, fingerprint) VALUES (?, ?, 0, 0, 'abcdefgh')",
  );
  const done = db.prepare("INSERT INTO settled VALUES ('d1', ?, 'delivered', ?)");
  const step = (20 * dayMs) / Math.max(1, rows);
  for (let i = 0; i < rows; i += 1) {
    const ms = Math.floor(fromMs + i * step);
    const id = idPrefix(ms) + String(i).padStart(16, "0");
    seen.run(id, ms);
    done.run(id, ms);
  }
  db.exec("COMMIT");
  db.close();
}
