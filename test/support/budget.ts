// What a workspace tells of its part of the plan, with all well.
import { plans, type Resource, resources } from "../../src/governor/plans.ts";
import type { BudgetStatus } from "../../src/governor/status.ts";

export function budgetOf(change: Partial<BudgetStatus> = {}): BudgetStatus {
  const { perDay } = plans.free;
  const half = (name: Resource) => ({
    used: Math.round(perDay[name] / 10),
    limit: perDay[name],
    forecast: Math.round(perDay[name] / 5),
  });
  return {
    plan: "free",
    day: "2026-11-27",
    standing: "ok",
    problem: null,
    pollSeconds: 10,
    resources: Object.fromEntries(
      resources.map((name) => [name, half(name)]),
    ) as BudgetStatus["resources"],
    requests: { today: 9000, mostInRun: 45 },
    cpu: { lastRunMs: 1.8, limitMs: 10 },
    ...change,
  };
}
