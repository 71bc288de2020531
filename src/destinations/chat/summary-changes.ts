// What is different at the end of a digest's period from its beginning, as lines.
import { worstOf } from "../../digest/people.ts";
import type { Summary } from "../../digest/summary.ts";
import { bySeverity, isSevere } from "../../event/rank.ts";
import {
  byWhom,
  listed,
  named,
  roleName,
  sentAlready,
  warning,
  who,
  whoDid,
} from "./summary-words.ts";
import type { Pen } from "./text.ts";

const max = { value: 60 };
const mostNames = 8;

type AccessNet = Summary["memberships"][number] | Summary["restrictions"][number];

/** Of how many people, and what: the worst first. What is said of several in the same words is one line. */
export function peopleLines<N extends AccessNet>(
  nets: readonly N[],
  say: (nets: readonly N[]) => string,
  pen: Pen,
): { readonly people: number; readonly lines: readonly string[] } {
  const people = grouped(nets, ({ person, events }) => person ?? `someone ${events}`);
  const told = people.map((own) => {
    const actors = new Map(own.flatMap(({ by }) => by).map((one) => [whoDid(one, pen), one]));
    const severity = worstOf(own);
    const sent = own.some((one) => one.sent) && own.every((one) => one.sent || !isSevere(one));
    const said = `${say(own)}${byWhom([...actors.values()], pen)}${sentAlready(sent)}`;
    const [first] = own;
    const name = first && first.person !== null ? who(first.thing.person, pen) : null;
    return { severity, said, name };
  });
  const lines = grouped(told, ({ severity, said }) => `${severity} ${said}`);
  return {
    people: people.length,
    lines: lines
      .flatMap(([first, ...others]) => (first ? { ...first, all: [first, ...others] } : []))
      .sort(bySeverity)
      .map(({ severity, said, all }) => {
        const names = all.flatMap(({ name }) => name ?? []);
        const unnamed = all.length - names.length;
        if (unnamed > 0) names.push(unnamed === 1 ? "someone" : `${unnamed} not named`);
        return `${warning(severity)}${listed(names, mostNames)} · ${said}`;
      }),
  };
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()];
}

export function roleLines({ roles }: Summary, pen: Pen): string[] {
  return roles.map(({ before, after, by, severity, sent }) => {
    const [was, is] = [before, after].map((role) => roleName(role?.name ?? null, pen));
    const role = `Role ${is || was || "that is not told"}`;
    let said = `${role} changed`;
    if (before === null) said = `${role} made`;
    else if (after === null) said = `${role} deleted`;
    else if (was !== is) said = `Role ${was} renamed to ${is}`;
    return `${warning(severity)}${said}${byWhom(by, pen)}${sentAlready(sent)}`;
  });
}

export function settingLines({ settings }: Summary, pen: Pen): string[] {
  return settings.map(({ thing, before, after, by, severity, sent }) => {
    const text = (value: string | null) => named(pen, max.value, "", value);
    const [was, is] = [text(before), text(after)];
    const on = is.toLowerCase();
    let said = `Setting ${text(thing.name) || "that is not told"} changed${was && ` from ${was}`}${is && ` to ${is}`}`;
    // Strings: https://developers.webflow.com/home/changelog/2026/3/4
    if (thing.name === "ai_toggle" && (on === "true" || on === "false"))
      said = `AI features turned ${on === "true" ? "on" : "off"}`;
    return `${warning(severity)}${said}${byWhom(by, pen)}${sentAlready(sent)}`;
  });
}
