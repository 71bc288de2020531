// The charts: SVG with attributes only, as the pages' policy allows no inline styles. Each says in words what it shows.
import type { HourOverview } from "../overview.ts";
import { Empty } from "./parts.tsx";
import { counted, latency } from "./words.ts";

/** Families of types, in the order in which they are stacked. The class of each gives its colour. */
const families = [
  ["user_access", "Logins"],
  ["workspace_membership", "Members"],
  ["workspace_invitation", "Invitations"],
  ["site_membership", "Site access"],
  ["custom_role", "Roles"],
  ["workspace_setting", "Settings"],
  ["other", "Other"],
] as const;
type Family = (typeof families)[number][0];

function familyOf(type: string): Family {
  const prefix = type.split(".")[0];
  return families.find(([name]) => name === prefix)?.[0] ?? "other";
}

const chartHeight = 56;
const step = 14;

/** Events of each of the last hours, stacked by family, and below it how many of each type. */
export function EventChart({ hours }: { readonly hours: readonly HourOverview[] }) {
  const stacks = hours.map(({ events }) => toStack(events));
  const totals = stacks.map((stack) => sum([...stack.values()]));
  const total = sum(totals);
  const most = Math.max(1, ...totals);
  const present = families.filter(([family]) => stacks.some((stack) => stack.get(family)));
  const width = Math.max(1, hours.length) * step;
  const words = `Events by hour and kind: at most ${counted(Math.max(0, ...totals), "event")} in an hour`;
  return (
    <figure class="chart">
      <figcaption>
        <b>{counted(total, "event")}</b> in the last 24 hours
      </figcaption>
      {total === 0 ? (
        <Empty>Nothing happened. What happens becomes a bar here, an hour each.</Empty>
      ) : (
        <>
          <svg
            viewBox={`0 0 ${width} ${chartHeight + 1}`}
            role="img"
            aria-label={words}
            preserveAspectRatio="none"
            class="bars"
          >
            <path class="axis" d={`M0 ${chartHeight + 0.5}H${width}`} />
            {present.map(([family]) => (
              <path class={`f-${family}`} d={bars(stacks, family, most)} />
            ))}
            {hours.map(({ from }, i) => (
              <rect class="hit" x={i * step} y="0" width={step} height={chartHeight}>
                <title>{hourTitle(from, stacks[i] ?? new Map())}</title>
              </rect>
            ))}
          </svg>
          <p class="ends" aria-hidden="true">
            <span>24 h ago</span>
            <span>now</span>
          </p>
          <ul class="legend">
            {present.map(([family, label]) => (
              <li>
                <i class={`f-${family}`} aria-hidden="true" />
                {label} <b>{sum(stacks.map((stack) => stack.get(family) ?? 0))}</b>
              </li>
            ))}
          </ul>
        </>
      )}
    </figure>
  );
}

function bars(
  stacks: readonly ReadonlyMap<Family, number>[],
  family: Family,
  most: number,
): string {
  return stacks
    .map((stack, i) => {
      const n = stack.get(family) ?? 0;
      if (n === 0) return "";
      const before = families.slice(
        0,
        families.findIndex(([name]) => name === family),
      );
      const below = sum(before.map(([name]) => stack.get(name) ?? 0));
      const scale = (value: number) => round((value / most) * (chartHeight - 2));
      // A single event among very many is still to be seen.
      const height = Math.max(1.5, scale(n));
      return `M${i * step + 2} ${round(chartHeight - scale(below))}h${step - 4}v${-height}h${4 - step}z`;
    })
    .join("");
}

function toStack(events: Readonly<Record<string, number>>): Map<Family, number> {
  const stack = new Map<Family, number>();
  for (const [type, n] of Object.entries(events)) {
    const family = familyOf(type);
    stack.set(family, (stack.get(family) ?? 0) + n);
  }
  return stack;
}

function hourTitle(from: string, stack: ReadonlyMap<Family, number>): string {
  const parts = families
    .filter(([family]) => stack.get(family))
    .map(([family, label]) => `${label} ${stack.get(family)}`);
  return `${from.slice(11, 16)} UTC: ${parts.join(", ") || "nothing"}`;
}

/** 24 hours, 3 apart. */
const sparkWidth = 75;
const sparkHeight = 20;

/** The mean latency of each hour as a line; hours without a request are gaps. */
export function Sparkline({ seconds }: { readonly seconds: readonly (number | null)[] }) {
  const known = seconds.filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return <span class="none">no requests</span>;
  const most = Math.max(...known, 0.001);
  const y = (value: number) => sparkHeight - 3 - Math.round((value / most) * (sparkHeight - 6));
  const line = seconds.map((value, i) => {
    if (value === null) return "";
    const before = seconds[i - 1] ?? null;
    if (before !== null) {
      const rise = y(value) - y(before);
      return `l3${rise < 0 ? "" : " "}${rise}`;
    }
    // One that stands alone is a tick.
    return `M${i * 3 + 2} ${y(value)}${(seconds[i + 1] ?? null) === null ? "m-2 0h4" : ""}`;
  });
  return (
    <span class="spark">
      <svg
        viewBox={`0 0 ${sparkWidth} ${sparkHeight}`}
        width={sparkWidth}
        height={sparkHeight}
        role="img"
      >
        <title>{`Latency by hour: now ${latency(last)}, at most ${latency(most)}`}</title>
        <path d={line.join("")} />
      </svg>
      {latency(last)}
    </span>
  );
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);
const round = (n: number) => Math.round(n * 10) / 10;
