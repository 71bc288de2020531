// What rules found, as a webhook got it: all that was found has come, each finding once, and nothing else; what was found is
// what the rules say of the events that were read; an event shows what they say of it by itself; and what is hidden from a
// destination is in no request to it.
// Not judged is what was found: when a ledger was lost, when a clock was set meanwhile, and of what rests on history, when
// something may have come later than the rules wait for it.
import type { AuditEvent } from "../../../src/event/event.ts";
import type { KeptFinding } from "../../../src/ledger/findings.ts";
import { Engine } from "../../../src/rules/engine.ts";
import { findingsBy } from "../../../src/rules/on-event.ts";
import { longSettling } from "../draw.ts";
import { allRules } from "../guards.ts";
import type { Receiver, Taken } from "../receivers.ts";
import type { World } from "../world.ts";
import type { Breach } from "./breach.ts";

/** The most that a drawn filter asks for is `medium`. */
const alwaysWanted = new Set(["medium", "high", "critical"]);
const patientMs = 15 * 60_000;

export function judgeFindings(world: World): Breach[] {
  const { receivers, drawn, oracle, steps } = world;
  const breaches = [...receivers.values()].flatMap((receiver) => [
    ...judgeLeaks(receiver),
    ...judgeShown(world, receiver),
    ...judgeRepeats(world, receiver),
  ]);
  if (oracle.counts.wipes > 0 || steps.some(({ byMs }) => byMs > 0)) return breaches;
  const removed = new Set(
    drawn.happenings.flatMap((one) => (one.kind === "remove" ? [one.name] : [])),
  );
  const throughout = drawn.destinations.filter(({ name, rules }) => rules && !removed.has(name));
  if (throughout.length === 0) return breaches;
  const waiting = world.sql.exec("SELECT count(*) AS n FROM rule_waiting")[0]?.n;
  if (waiting !== 0) {
    const what = `${waiting} events wait for the rules`;
    return [...breaches, { invariant: 1, kind: "unjudged", what, unfinished: true }];
  }
  const told = throughout.flatMap(({ name }) => receivers.get(name) ?? []);
  return [...breaches, ...judgeFound(world), ...told.flatMap((one) => judgeTold(world, one))];
}

function judgeLeaks({ leaks, drawn: { name } }: Receiver): Breach[] {
  const [leak] = leaks;
  if (leak === undefined) return [];
  const what = `${name} is not to see ${leak}, and gets it`;
  return [{ invariant: 7, kind: "leak", what, about: { destination: name } }];
}

/** As JSON, what an event shows; with privacy the reasons are not compared. */
function judgeShown(world: World, { taken, drawn }: Receiver): Breach[] {
  if (drawn.type !== "webhook") return [];
  const findingsOf = findingsBy(allRules(world.drawn.settleMinutes));
  const plain = (findings: readonly { reason: string | null }[]) =>
    drawn.privacy ? findings.map((one) => ({ ...one, reason: null })) : findings;
  const wrong = taken.find(({ truth, findings: text }) => {
    const said = truth && drawn.findings ? findingsOf(truth.event) : [];
    const shown = text === undefined ? [] : JSON.parse(text);
    return JSON.stringify(plain(shown)) !== JSON.stringify(plain(said));
  });
  if (!wrong) return [];
  const what = `${drawn.name} got ${wrong.id} with the findings ${wrong.findings}`;
  return [{ invariant: 6, kind: "shown", what, about: { destination: drawn.name } }];
}

/** A second time only where the ledger did not learn of the first. */
function judgeRepeats({ oracle }: World, receiver: Receiver): Breach[] {
  const { name } = receiver.drawn;
  const last = new Map<string, Taken>();
  const breaches: Breach[] = [];
  for (const one of receiver.findings) {
    const before = last.get(one.id);
    last.set(one.id, one);
    if (!before?.learned || receiver.orphans.has(one.request)) continue;
    if (before.atMs <= oracle.wipedMs) continue;
    const what = `${name} got the finding ${one.id} again`;
    breaches.push({ invariant: 2, kind: "finding-repeat", what, about: { destination: name } });
  }
  return breaches;
}

/** What the ledger holds is what the rules say of the events that it saw. */
function judgeFound({ object, sql, truths, drawn }: World): Breach[] {
  const { ports } = object.process;
  const bound = allRules(drawn.settleMinutes);
  const sinceMs = Number(ports.ledger.get("rules_since"));
  const events = sql.exec("SELECT id FROM seen ORDER BY id").flatMap(({ id }): AuditEvent[] => {
    const truth = truths.withId(String(id));
    return truth ? [{ ...truth.event, id: String(id) }] : [];
  });
  const engine = new Engine(bound);
  const expected = events.flatMap((event) => {
    const told = Date.parse(event.time) >= sinceMs;
    return [...(told ? engine.atOnce(event) : []), ...engine.inOrder(event, told)];
  });
  const { lateMaxMs, lagMs, backlog } = drawn.traffic;
  const inTime = lateMaxMs + lagMs < patientMs && backlog === 0 && !drawn.long;
  const patient = drawn.settleMinutes === longSettling && inTime;
  const atOnce = new Set(bound.flatMap(({ rule }) => (rule.atOnce ? [rule.name] : [])));
  const judged = (rule: string) => patient || atOnce.has(rule);
  const wanted = new Set(
    expected.flatMap(({ rule: { name }, evidence }) =>
      judged(name) ? [`${name} of ${evidence.join(", ")}`] : [],
    ),
  );
  const found = new Set(
    kept(sql).flatMap(({ rule, evidence }) =>
      judged(rule) ? [`${rule} of ${evidence.join(", ")}`] : [],
    ),
  );
  return [
    ...[...wanted.difference(found)].map((one) => `${one} was not found`),
    ...[...found.difference(wanted)].map((one) => `${one} was found, and no rule says so`),
  ].map((what) => ({ invariant: 1, kind: "finding", what }));
}

/** All that was found has come, and nothing else. */
function judgeTold({ sql }: World, { findings, drawn: { name, type } }: Receiver): Breach[] {
  if (type !== "webhook") return [];
  const about = { destination: name };
  const came = new Set(findings.map(({ id }) => id));
  const found = new Map(kept(sql).map((one) => [one.id, one]));
  const missing = [...found.values()].find(
    ({ id, severity }) => alwaysWanted.has(severity) && !came.has(id),
  );
  const strange = [...came].find((id) => !found.has(id));
  const lost = `${name} was not told of ${missing?.rule} of ${missing?.evidence.at(-1)}`;
  const unknown = `${name} got the finding ${strange}, which nobody made`;
  return [
    ...(missing ? [{ invariant: 1, kind: "untold", what: lost, about, unfinished: true }] : []),
    ...(strange ? [{ invariant: 6, kind: "stranger", what: unknown, about }] : []),
  ];
}

function kept(sql: World["sql"]): (KeptFinding & { readonly id: string })[] {
  return sql.exec("SELECT id, finding FROM findings").map((row) => ({
    ...(JSON.parse(String(row.finding)) as KeptFinding),
    id: String(row.id),
  }));
}
