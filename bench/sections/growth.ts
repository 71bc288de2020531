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

interface Case {
  readonly what: string;
  readonly events: number;
  readonly destinations: number;
  one(): Promise<Taken>;
}

export async function growth(bench: Bench): Promise<Section[]> {
  const { events, say } = bench;
  const peer = tidemark(bench.built);
  const relay = (what: string, events: number, destinations: number): Case => ({
    what,
    events,
    destinations,
    one: () => work(bench, peer, { mode: "batch", destinations, events, warmUp: 1000 }),
  });
  const text = (n: number) => n.toLocaleString("en");
  const cases: readonly Case[] = [
    ...[1000, 10_000, 100_000]
      .filter((n) => n <= events * 10)
      .map((n) => relay(`a backlog of ${text(n)} events`, n, 1)),
    ...[1, 5, 25].map((to) => relay(`${text(events / 2)} events to ${to}`, events / 2, to)),
    ...[0, known].map((settled) => ({
      what: `${text(events)} events, ${text(settled)} settled before`,
      events,
      destinations: 1,
      one: () => withLedger(bench, settled, events),
    })),
  ];
  const taken = new Map<Case, Taken[]>(cases.map((one) => [one, []]));
  for (let run = 1; run <= Math.min(3, bench.runs); run += 1)
    for (const one of cases) {
      taken.get(one)?.push(await one.one());
      say(`growth: run ${run}: ${one.what}`);
    }
  const rows = [...taken].map(([{ what, events, destinations }, all]): Row => {
    const us = all.map(({ cpuMs }) => (cpuMs * 1000) / events);
    return {
      what,
      "events/s": all.map(({ tookMs }) => events / (tookMs / 1000)),
      "CPU µs/event": us,
      "CPU µs/delivery": us.map((one) => one / destinations),
      "memory MB": all.map(({ memoryMb }) => memoryMb),
    };
  });
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
