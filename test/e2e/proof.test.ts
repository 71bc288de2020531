// The proof over HTTP, by the Worker in workerd: receipts that a JOSE library verifies, one event explained, a re-sync.
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from "jose";
import { afterEach, expect, it } from "vitest";
import { systemClock } from "../../src/http.ts";
import { adminToken, Deployed, until } from "./deployed.ts";

const hourMs = 3_600_000;
let deployed: Deployed | undefined;
afterEach(() => deployed?.stop());

interface Receipt extends Record<string, unknown> {
  readonly state: string;
  readonly final: boolean;
  readonly events: number;
  readonly sourceTotal: number;
  readonly signature: string;
  readonly destinations: Record<string, { delivered: number; filtered: number }>;
}

async function receiptsOf(world: Deployed, fromMs: number, toMs: number) {
  const iso = (ms: number) => new Date(ms).toISOString();
  const path = `/receipts?from=${iso(fromMs)}&to=${iso(toMs)}`;
  const { data } = await world.ask("GET", path);
  const text = await world.worker.fetch(path, {
    headers: { authorization: `Bearer ${adminToken}`, accept: "text/plain" },
  });
  return {
    receipts: data.receipts as Receipt[],
    keys: { keys: data.keys } as JSONWebKeySet,
    text: await text.text(),
  };
}

it("the past is read, counted and receipted; each receipt is signed, each event explained, and a period is sent again as planned", async () => {
  const count = 300;
  const world = new Deployed({
    seed: 5,
    siem: { start: "3d", batch: true },
    team: { start: "3d", minSeverity: "high" },
  });
  deployed = world;
  const firstMs = Math.ceil((Date.now() - 60 * hourMs) / hourMs) * hourMs;
  const lastMs = firstMs + 30 * hourMs;
  world.generate(count, firstMs, lastMs - 1000);
  await world.start();
  await until(
    () => world.siemIds().length >= count,
    30_000,
    () => `${world.siemIds().length} of ${count}`,
  );

  let proof = await receiptsOf(world, firstMs, lastMs);
  for (let i = 0; i < 120 && !proof.receipts.every(({ final }) => final); i++) {
    await systemClock.sleep(500);
    proof = await receiptsOf(world, firstMs, lastMs);
  }
  expect(proof.receipts).toHaveLength(30);
  const getKey = createLocalJWKSet(proof.keys);
  for (const { signature, ...receipt } of proof.receipts) {
    expect(receipt.final).toBe(true);
    expect(receipt.sourceTotal).toBe(receipt.events);
    for (const { delivered, filtered } of Object.values(receipt.destinations))
      expect(delivered + filtered).toBe(receipt.events);
    const { payload } = await compactVerify(signature, getKey);
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(receipt);
  }
  const total = proof.receipts.reduce((sum, { events }) => sum + events, 0);
  expect(total).toBe(count);
  expect(proof.text).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:00–\d\d:00 UTC {2}complete {3}polled \d+ times/,
  );

  const id = world.siemIds()[0] ?? "";
  const { data } = await world.ask("GET", `/explain/${id}`);
  const causes = data.destinations as { name: string; cause: string }[];
  expect(causes.find(({ name }) => name === "siem")).toMatchObject({ cause: "delivered" });
  expect(["delivered", "filtered"]).toContain(causes.find(({ name }) => name === "team")?.cause);

  const period = {
    from: new Date(firstMs).toISOString(),
    to: new Date(firstMs + 10 * hourMs).toISOString(),
  };
  const before = world.siemIds().length;
  const asked = { ...period, destinations: ["siem"], redeliver: true };
  const plan = await world.ask("POST", "/resync", asked);
  expect([plan.status, plan.data.state]).toEqual([200, "ready"]);
  const apply = { mode: "apply", plan: plan.data.plan };
  const answers = await Promise.all([
    world.ask("POST", "/resync", apply),
    world.ask("POST", "/resync", apply),
  ]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409]);
  const sent = Number(plan.data.send);
  expect(sent).toBeGreaterThan(0);
  await until(
    () => world.siemIds().length >= before + sent,
    20_000,
    () => `${world.siemIds().length - before} of ${sent}`,
  );
  const again = world.siemIds().slice(before);
  expect(new Set(again).size).toBe(sent);
  expect(again.every((one) => world.siemIds().indexOf(one) < before)).toBe(true);
}, 120_000);
