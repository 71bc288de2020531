// An event as a destination may see it: some values masked, some under a pseudonym, wherever in it they stand.
import { createHmac } from "node:crypto";
import { kindOf, toType } from "../event/catalogue.ts";
import { isDocumented } from "../event/drift.ts";
import type { AuditEvent, EventFinding } from "../event/event.ts";
import type { FindingsOf } from "../event/maker.ts";
import { keysOf, valuesAt } from "../event/paths.ts";
import { isSelf, toSummary } from "../event/summary.ts";
import { isObject } from "../source/record.ts";
import { type Rewrite, rewriter } from "./search.ts";
import { type PrivacySettings, placesOf, ways } from "./settings.ts";

/** What is read in the place of a value that is masked. */
export const masked = "[masked]";

/** The event, and nothing of what is hidden from the destination. */
export type Privacy = (event: AuditEvent) => AuditEvent;

/** What comes instead of a value. */
type Substitute = (value: string) => string;

const mask: Substitute = () => masked;

/** What is done to the values at and below a key. */
interface Rule {
  substitute?: Substitute;
  readonly inner: Map<string, Rule>;
}

/** The same for the same person, in any case; of an e-mail address an address. 80 bits: no two people share one. */
function pseudonymizer(key: string): Substitute {
  return (value) => {
    const text = value.trim().toLowerCase();
    const name = `p-${createHmac("sha256", key).update(text).digest("hex").slice(0, 20)}`;
    return text.includes("@") ? `${name}@pseudonym.invalid` : name;
  };
}

/** `key` makes the pseudonyms. What is both is masked. `findingsOf` tells again what rules say, of what is left. */
export function toPrivacy(
  settings: PrivacySettings,
  key: string,
  findingsOf: FindingsOf = () => [],
): Privacy {
  const substitutes = { mask, pseudonymize: pseudonymizer(key) };
  const rules: Rule = { inner: new Map() };
  const hidden = [...ways].reverse().flatMap((way) =>
    settings[way].flatMap(placesOf).map((path) => {
      const substitute = substitutes[way];
      ruleAt(rules, keysOf(path)).substitute = substitute;
      return { values: valuesAt(path), substitute };
    }),
  );
  return (event) => {
    const replacements = new Map<string, string>();
    for (const { values, substitute } of hidden)
      for (const value of values(event).flatMap(scalarsIn))
        replacements.set(value, substitute(value));
    const rewrite = rewriter(replacements);
    const shown = toPrivate(event, rules, rewrite);
    const { findings } = event;
    return findings ? { ...shown, findings: retold(findings, findingsOf(shown), rewrite) } : shown;
  };
}

function ruleAt(root: Rule, keys: readonly string[]): Rule {
  return keys.reduce((rule, key) => {
    const next = rule.inner.get(key) ?? { inner: new Map() };
    rule.inner.set(key, next);
    return next;
  }, root);
}

/** Texts and what reads like one; of a table all that stands in it. */
function scalarsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(scalarsIn);
  if (isObject(value)) return Object.values(value).flatMap(scalarsIn);
  return value === null || value === undefined || value === "" ? [] : [String(value)];
}

function toPrivate(event: AuditEvent, rules: Rule, rewrite: Rewrite): AuditEvent {
  const { id, type, time, severity, summary, flags, findings: _, raw, ...rest } = event;
  const visible = toVisible(rest, rules, rewrite, fixed) as typeof rest;
  const item = toPrivateItem(event, rules.inner.get("raw"), rewrite);
  const { actor, granularAccess, source } = visible;
  const hidden = {
    id,
    type: isOurs(event) ? type : toPrivateType(type, item, raw, rewrite),
    time,
    severity,
    flags,
    ...visible,
    // One of a few words, whatever it may be like.
    actor: { ...actor, type: event.actor.type },
    granularAccess: granularAccess && {
      ...granularAccess,
      restricted: event.granularAccess?.restricted ?? null,
    },
    source: source && toPrivateSource(source),
    raw: item,
  };
  // Of people who all have the same name now, it must be known who they were.
  const said = isSystem(event) ? summary : toSummary(hidden, isSelf(event));
  return { ...hidden, summary: rewrite(said) };
}

/** The same findings, each with the reason that a rule gives who sees no more than is left; null where it gives none. */
function retold(
  findings: readonly EventFinding[],
  again: readonly EventFinding[],
  rewrite: Rewrite,
): EventFinding[] {
  return findings.map((finding) => {
    const reason = again.find(({ rule }) => rule === finding.rule)?.reason ?? null;
    return { ...finding, reason: reason === null ? null : rewrite(reason) };
  });
}

/** The names of our own fields stay. */
const fixed: Rewrite = (key) => key;

/** Its type is a word of our own: one that Webflow documents, or Tidemark's. */
const isOurs = (event: AuditEvent) => kindOf(event.type) !== undefined || isSystem(event);

const isSystem = ({ type, flags }: AuditEvent) => type.startsWith("tidemark.") && !flags.unknown;

/** A false address, or a place that is none, would be believed: better none. */
function toPrivateSource({ ip, location }: NonNullable<AuditEvent["source"]>) {
  const shown = {
    ip: ip?.includes(masked) ? null : ip,
    location: location?.includes(masked) ? null : location,
  };
  return shown.ip === null && shown.location === null ? null : shown;
}

/** What the event says of itself anyway, its time and a type that is known, stays as it is. */
function toPrivateItem(
  event: AuditEvent,
  rule: Rule | undefined,
  rewrite: Rewrite,
): AuditEvent["raw"] {
  const { raw } = event;
  const rename: Rewrite = (key) => (isDocumented(key) ? key : rewrite(key));
  const item = toVisible(raw, rule, rewrite, rename) as Record<string, unknown>;
  const shown = ["timestamp", ...(isOurs(event) ? ["eventType", "eventSubType"] : [])];
  for (const key of shown)
    if (Object.hasOwn(raw, key) && !rule?.inner.has(key) && typeof raw[key] === "string")
      item[key] = raw[key];
  return item;
}

/** A type of Webflow's own making may name anything. */
function toPrivateType(
  type: string,
  item: AuditEvent["raw"],
  raw: AuditEvent["raw"],
  rewrite: Rewrite,
): string {
  const renamed = item.eventType !== raw.eventType || item.eventSubType !== raw.eventSubType;
  const shown = renamed ? toType(item.eventType, item.eventSubType) : type;
  const rest = rewrite(shown);
  if (rest === shown) return shown;
  const [first, ...more] = rest.split(".");
  const made = toType(first, more.join("_"));
  // What was cut out must not make it one that is known.
  return kindOf(made) ? "unknown.unknown" : made;
}

/** A copy in which the values that have a rule are replaced, and all others are searched for them. */
function toVisible(
  value: unknown,
  rule: Rule | undefined,
  rewrite: Rewrite,
  rename: Rewrite,
): unknown {
  if (value === null || value === undefined || value === "") return value;
  if (Array.isArray(value)) return value.map((item) => toVisible(item, rule, rewrite, rename));
  // Of a table that is masked, the names in it may say as much.
  if (isObject(value))
    return rule?.substitute === mask ? masked : toVisibleTable(value, rule, rewrite, rename);
  const text = String(value);
  if (rule?.substitute) return rule.substitute(text);
  const shown = rewrite(text);
  return shown === text ? value : shown;
}

function toVisibleTable(
  table: Readonly<Record<string, unknown>>,
  rule: Rule | undefined,
  rewrite: Rewrite,
  rename: Rewrite,
): Record<string, unknown> {
  const shown = new Map<string, unknown>();
  for (const [key, value] of Object.entries(table)) {
    const next = rule?.inner.get(key) ?? (rule?.substitute && rule);
    const name = rename(key);
    let free = name;
    for (let n = 2; shown.has(free); n += 1) free = `${name}-${n}`;
    shown.set(free, toVisible(value, next, rewrite, rename));
  }
  return Object.fromEntries(shown);
}
