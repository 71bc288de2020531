// What every format is tried on: the documentation's own items and a thousand generated ones, half of them damaged in
// some way that the log may come up with. The same ones in every run.
import { expect, test } from "vitest";
import { generate } from "../../sandbox/activity/activity.ts";
import { pick, seeded } from "../../sandbox/random.ts";
import type { AuditEvent, EventFinding } from "../../src/event/event.ts";
import { identify } from "../../src/event/identity.ts";
import { toAuditEvent } from "../../src/event/normalize.ts";
import { toPrivacy } from "../../src/privacy/private.ts";
import { rules } from "../../src/rules/registry.ts";
import { isUnusable, parseRecord } from "../../src/source/record.ts";
import { type Item, mutations } from "./mutations.ts";
import { type SharedFile, shared } from "./shared.ts";

export interface Sample {
  /** Tells which one failed. */
  readonly name: string;
  readonly item: Item;
  readonly event: AuditEvent;
}

const examples = shared("webflow/examples.json");

/** The 24 of Webflow's documentation; none where they are not at hand. */
export const documented: readonly Sample[] = toSamples(
  examples.there ? examples.read().map((item: Item) => ({ name: "documented", item })) : [],
);

/** 500 believable ones, 500 with something wrong or new in them. */
export const generated: readonly Sample[] = toSamples([...believable(500), ...damaged(500)]);

/** As if three rules had something to say of it. */
function findingsOf({ summary, severity }: AuditEvent): EventFinding[] {
  return rules.slice(0, 3).map(({ name, title, attack = null }, n) => ({
    ...{ rule: name, title, severity, technique: n === 1 ? null : attack },
    reason: n === 2 ? null : summary,
  }));
}

/** As destinations see them that are not to see all: every second one with all people under pseudonyms. */
const guarded: readonly Sample[] = generated
  .filter((_, n) => n % 3 === 0)
  .map(({ name, event }, n) => {
    const people = ["actor.email", "actor.id", "targets[].email", "targets[].id"];
    const places = ["source.ip", "source.location", "site.id", "workspace.id"];
    const [pseudonymize, mask] = n % 2 === 0 ? [people, places] : [places, people];
    const seen = toPrivacy(
      { mask, pseudonymize },
      "a key of the tests",
    )({ ...event, id: `${event.id}-9` });
    return { name: `guarded ${name}`, item: seen.raw, event: seen };
  });

function toItems(count: number, seed: number): Item[] {
  const [fromMs, toMs] = [Date.parse("2026-05-01T00:00:00Z"), Date.parse("2026-06-01T00:00:00Z")];
  const activity = { seed, count, fromMs, toMs, unknownTypes: 0.05, twins: 0.02 };
  return generate(activity).map(({ item }) => item);
}

function believable(count: number) {
  return toItems(count, 1).map((item) => ({ name: "believable", item }));
}

/** Each mutation in turn, on a type in turn, so that most pairs of the two come up. */
function damaged(count: number) {
  const random = seeded(2);
  const byType = Map.groupBy(toItems(1000, 3), ({ eventSubType }) => eventSubType);
  const items = [...byType.values()];
  return Array.from({ length: count }, (_, n) => {
    const [name, mutate] = mutations[n % mutations.length] as (typeof mutations)[number];
    const sort = items[(n + Math.floor(n / mutations.length)) % items.length] ?? [];
    return { name, item: mutate(pick(random, sort), random) };
  });
}

/** As the pipeline makes events of items, in one go: twins get ids of their own. */
function toSamples(named: readonly { name: string; item: Item }[]): Sample[] {
  const records = named.map(({ item }) => {
    const record = parseRecord(JSON.parse(JSON.stringify(item)));
    if (isUnusable(record)) throw new Error(record.reason);
    return record;
  });
  const ids = new Map(identify(records, "acme").map(({ id, record }) => [record, id]));
  return records.map((record, n) => {
    const context = {
      id: ids.get(record) ?? "",
      workspace: { id: "acme" },
      flags: { late: n % 7 === 0, backfilled: n % 11 === 0 },
    };
    const made = toAuditEvent(record, context);
    const event = n % 5 === 0 ? { ...made, findings: findingsOf(made) } : made;
    return { name: `${named[n]?.name} ${n + 1} (${event.type})`, item: record.raw, event };
  });
}

/** One test for the documented items, one for the generated: no item may have a fault. */
export function everyItem(
  title: string,
  faultsOf: (sample: Sample) => readonly string[] | Promise<readonly string[]>,
  data?: SharedFile,
): void {
  const needs = (files: readonly (SharedFile | undefined)[]) => {
    const missing = files.filter((file) => file !== undefined);
    const note = missing.map(({ needed }) => needed).join(", ");
    return { skip: missing.some(({ there }) => !there), note: note && ` (${note})` };
  };
  const populations = [
    { name: "the 24 documented items", samples: documented, ...needs([examples, data]) },
    { name: "1,000 generated items", samples: generated, ...needs([data]) },
    { name: "334 of them with privacy", samples: guarded, ...needs([data]) },
  ];
  for (const { name, samples, skip, note } of populations) {
    test.skipIf(skip)(`${title}: ${name}${note}`, async () => {
      const faults: string[] = [];
      for (const sample of samples) {
        for (const fault of await faultsOf(sample)) faults.push(`${sample.name}: ${fault}`);
      }
      expect({ faults: faults.length, first: faults.slice(0, 20) }).toEqual({
        faults: 0,
        first: [],
      });
    });
  }
}

/** What a receiver parses of what was sent. */
export const received = <T>(value: T): T => JSON.parse(JSON.stringify(value));
