// Every destination against its vendor's own rules, on a virtual clock: nothing lost while the vendor is busy, breaks
// off, or refuses some events; nothing repeated but where an answer was lost.
import { describe, expect, test } from "vitest";
import { seeded } from "../../sandbox/random.ts";
import { type Fault, sometimes } from "../../sandbox/receivers/faults.ts";
import {
  type Vendor,
  type VendorReceiver,
  vendorReceiver,
} from "../../sandbox/receivers/vendor.ts";
import { vendors } from "../../sandbox/receivers/vendors/registry.ts";
import { destinationTypes } from "../../src/destinations/registry.ts";
import { identify } from "../../src/event/identity.ts";
import { isUnusable, parseRecord } from "../../src/source/record.ts";
import { bucketBinding } from "../support/bucket.ts";
import { login, startMs, World, workspaceId } from "../support/world.ts";

const ownReceivers = ["slack", "webhook"];
const broken: readonly Fault[] = [
  { kind: "answer", status: 503, word: "<html>Bad gateway</html>" },
  { kind: "cut", taken: false },
];
const lost: readonly Fault[] = [{ kind: "cut", taken: true }, { kind: "hang" }];

test("every type of destination has a vendor here", () => {
  const types = destinationTypes.map(({ type }) => type).filter((t) => !ownReceivers.includes(t));
  expect(vendors.map(({ type }) => type).toSorted()).toEqual(types.toSorted());
});

/** A workspace whose only destination leads to the vendor. */
function open(vendor: Vendor, options: Readonly<Record<string, unknown>>) {
  const type = destinationTypes.find((one) => one.type === vendor.type);
  // Storm control has tests of its own.
  const calm = type?.maxPerMinute === undefined ? {} : { maxPerMinute: 60 };
  const receivers: VendorReceiver[] = [];
  const world = new World({
    // Whatever its severity: a destination that begins at `high` is asked for all. Only Webflow's events are counted here.
    destinations: {
      siem: { type: vendor.type, minSeverity: "info", system: false, ...calm, ...options },
    },
    env: Object.fromEntries(vendor.hosts.map((host) => [host, bucketBinding])),
    sites: (clock) => {
      const receiver = vendorReceiver(vendor, { clock });
      receivers.push(receiver);
      return Object.fromEntries(vendor.hosts.map((host) => [host, receiver]));
    },
  });
  const receiver = receivers[0] as VendorReceiver;
  return { world, receiver };
}

const outcomesOf = (world: World) =>
  world.sql.exec("SELECT outcome, count(*) AS n FROM settled GROUP BY outcome").map((row) => ({
    ...row,
  }));

const cases = vendors.flatMap((vendor) =>
  vendor.options.map((options, i) => ({
    name: vendor.options.length === 1 ? vendor.type : `${vendor.type}, sample ${i + 1}`,
    vendor,
    options,
  })),
);

describe.each(cases)("$name", ({ vendor, options }) => {
  test("takes every event once, as it is sent", async () => {
    const { world, receiver } = open(vendor, options);
    await world.run();
    for (let i = 0; i < 120; i++) world.log.add(login(startMs + 1000 + i * 10));
    await world.runFor(600_000);
    expect([receiver.taken.size, receiver.lastRefusal]).toEqual([120, undefined]);
    expect([...receiver.taken.values()].every((times) => times === 1)).toBe(true);
    expect(outcomesOf(world)).toEqual([{ outcome: "delivered", n: 120 }]);
  });

  test("loses nothing while the vendor is busy or broken, and repeats nothing", async () => {
    const { world, receiver } = open(vendor, options);
    await world.run();
    receiver.faults = sometimes(seeded(7), 0.4, [...vendor.faults, ...broken]);
    for (let i = 0; i < 120; i++) world.log.add(login(startMs + 1000 + i * 3000));
    await world.runFor(900_000);
    receiver.faults = () => undefined;
    await world.runFor(900_000);
    expect(receiver.taken.size).toBe(120);
    expect([...receiver.taken.values()].every((times) => times === 1)).toBe(true);
    expect(outcomesOf(world)).toEqual([{ outcome: "delivered", n: 120 }]);
  });

  test("loses nothing when answers are lost, and repeats only what they were about", async () => {
    const { world, receiver } = open(vendor, options);
    await world.run();
    receiver.faults = sometimes(seeded(8), 0.3, lost);
    for (let i = 0; i < 60; i++) world.log.add(login(startMs + 1000 + i * 3000));
    await world.runFor(900_000);
    receiver.faults = () => undefined;
    await world.runFor(900_000);
    expect(receiver.taken.size).toBe(60);
    expect(outcomesOf(world)).toEqual([{ outcome: "delivered", n: 60 }]);
    const repeats = [...receiver.taken.values()].reduce((sum, times) => sum + times - 1, 0);
    if (vendor.deduplicates) expect(repeats).toBe(0);
    else expect(receiver.answers.get(0) ?? 0).toBeGreaterThan(0);
  });

  test("events that the vendor refuses become dead letters, each with its reason; the others arrive", async () => {
    const { world, receiver } = open(vendor, options);
    await world.run();
    const items = Array.from({ length: 40 }, (_, i) => login(startMs + 1000 + i * 10));
    const ids = idsOf(items);
    const unwanted = [3, 17, 39].map((i) => ids[i] ?? "");
    for (const id of unwanted) receiver.refused.add(id);
    for (const item of items) world.log.add(item);
    await world.runFor(900_000);
    expect(receiver.taken.size).toBe(37);
    const dead = world.ports.ledger.deadLetters(10);
    expect(dead.map(({ eventId }) => eventId).toSorted()).toEqual(unwanted);
    for (const { reason } of dead) expect(reason).toMatch(/\w{3}/);
  });
});

/** In the order of their time. */
function idsOf(items: readonly unknown[]): string[] {
  const records = items.map(parseRecord).flatMap((one) => (isUnusable(one) ? [] : [one]));
  return identify(records, workspaceId).map(({ id }) => id);
}
