// What a workspace tells of its part of the plan, with all well.
import { plans, type Resource, resources } from "../../src/governor/plans.ts";
import type { BudgetStatus } from "../../src/governor/status.ts";

export function budgetOf(change: Partial<BudgetStatus> = {}): BudgetStatus {
  const amounts: Record<Resource, readonly [used: number, forecast: number]> = {
    objectRequests: [4300, 9000],
    rowsWritten: [16_000, 34_000],
    rowsRead: [90_000, 200_000],
    kvWrites: [400, 860],
    kvReads: [4300, 9000],
    gbSeconds: [5400, 10_800],
  };
  return {
    plan: "free",
    day: "2026-11-27",
    standing: "ok",
    problem: null,
    pollSeconds: 10,
    resources: Object.fromEntries(
      resources.map((name) => {
        const [used, forecast] = amounts[name];
        return [name, { used, limit: plans.free.perDay[name], forecast }];
      }),
    ) as BudgetStatus["resources"],
    requests: { today: 9000, mostInRun: 45 },
    cpu: { lastRunMs: 1.8, limitMs: 10 },
    ...change,
  };
}
