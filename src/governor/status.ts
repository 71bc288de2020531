// What GET /status and the pages tell of the plan: today's use, what it will have come to at midnight UTC, and the pace.
import { toIso } from "../time.ts";
import type { Governor } from "./governor.ts";
import { midnightAfter, type Standing } from "./plan.ts";
import { type Plan, type Resource, resources } from "./plans.ts";

export interface BudgetStatus {
  readonly plan: Plan["name"];
  /** UTC, like `2026-11-27`: Cloudflare counts anew at midnight. */
  readonly day: string;
  readonly standing: Standing;
  /** What is short, and what to do about it; null when nothing is. */
  readonly problem: string | null;
  /** Between two polls, at present. */
  readonly pollSeconds: number;
  /** `limit` is this workspace's part of the plan. */
  readonly resources: Readonly<
    Record<Resource, { readonly used: number; readonly limit: number; readonly forecast: number }>
  >;
  /** Outgoing requests today. Of them, only those of a single run are limited. */
  readonly requests: { readonly today: number; readonly mostInRun: number };
  /** Estimated, for a Worker cannot measure it: the last run, and how much an invocation may take. */
  readonly cpu: { readonly lastRunMs: number | null; readonly limitMs: number };
}

export function budgetStatus(
  governor: Governor,
  nowMs: number,
  requestBudget: number,
): BudgetStatus {
  const { share, decided, pollMs, cpuMs, meter } = governor;
  const { use, outgoing } = meter.today(nowMs);
  const expected = governor.forecast();
  const standing = decided?.standing ?? "ok";
  return {
    plan: share.name,
    day: toIso(nowMs).slice(0, 10),
    standing,
    problem: problemOf(governor, nowMs),
    pollSeconds: pollMs / 1000,
    resources: Object.fromEntries(
      resources.map((name) => {
        const used = Math.round(use[name]);
        return [
          name,
          { used, limit: share.perDay[name], forecast: Math.max(used, expected[name]) },
        ];
      }),
    ) as BudgetStatus["resources"],
    requests: { today: outgoing, mostInRun: requestBudget },
    cpu: { lastRunMs: cpuMs === null ? null : Math.round(cpuMs * 10) / 10, limitMs: share.cpuMs },
  };
}

function problemOf({ decided, share, pollMs, promisedMs }: Governor, nowMs: number): string | null {
  if (!decided || decided.standing === "ok") return null;
  const remedy = `To have it as promised: the paid plan, with PLAN = "paid" in wrangler.toml`;
  const what = decided.short.map((name) => resourceNames[name]).join(", ");
  if (decided.standing === "held") {
    const until = toIso(midnightAfter(nowMs)).slice(0, 16);
    return `Today's part of Cloudflare's ${share.name} plan is used up (${what}): no new events are read or sent until ${until}Z. Nothing is lost. ${remedy}, and a deploy.`;
  }
  return `The day would take more than this workspace's part of Cloudflare's ${share.name} plan (${what}), so it is polled every ${pollMs / 1000} s instead of ${promisedMs / 1000}. ${remedy}; or a larger POLL_SECONDS.`;
}

/** As the pages say them. */
export const resourceNames: Readonly<Record<Resource, string>> = {
  objectRequests: "object requests",
  rowsWritten: "rows written",
  rowsRead: "rows read",
  kvWrites: "KV writes",
  kvReads: "KV reads",
  gbSeconds: "GB-s awake",
};
