// What Cloudflare's plans give, a day and a run. https://developers.cloudflare.com/durable-objects/platform/pricing,
// and the pages on limits and pricing of Workers and KV.

/** What is metered of a day, which Cloudflare ends at 00:00 UTC. */
export const resources = [
  "objectRequests",
  "rowsWritten",
  "rowsRead",
  "kvWrites",
  "kvReads",
  "gbSeconds",
] as const;
export type Resource = (typeof resources)[number];
export type Use = Readonly<Record<Resource, number>>;

export const planNames = ["free", "paid"] as const;

export interface Plan {
  readonly name: (typeof planNames)[number];
  /** All that the account may use in a day; on the paid plan a thirtieth of what a month includes. */
  readonly perDay: Use;
  /** Beyond it, Cloudflare refuses until midnight; otherwise it costs. */
  readonly hard: boolean;
  /** Outgoing requests of a run: what one invocation may make, less a reserve. */
  readonly requestsPerRun: number;
  /** What one invocation may make. */
  readonly mostRequests: number;
  /** Of one invocation. */
  readonly cpuMs: number;
  /** Writes of the marks to KV in a day. */
  readonly markWrites: number;
}

const free: Plan = {
  name: "free",
  perDay: {
    objectRequests: 100_000,
    rowsWritten: 100_000,
    rowsRead: 5_000_000,
    kvWrites: 1000,
    kvReads: 100_000,
    gbSeconds: 13_000,
  },
  hard: true,
  requestsPerRun: 45,
  mostRequests: 50,
  cpuMs: 10,
  markWrites: 900,
};

const paid: Plan = {
  name: "paid",
  perDay: {
    objectRequests: Math.floor(1_000_000 / 30),
    rowsWritten: Math.floor(50_000_000 / 30),
    rowsRead: Math.floor(25_000_000_000 / 30),
    kvWrites: Math.floor(1_000_000 / 30),
    kvReads: Math.floor(10_000_000 / 30),
    gbSeconds: Math.floor(400_000 / 30),
  },
  hard: false,
  requestsPerRun: 900,
  mostRequests: 10_000,
  cpuMs: 30_000,
  markWrites: 8640,
};

export const plans: Readonly<Record<Plan["name"], Plan>> = { free, paid };

/** Rows written in a day, beyond which there are none to be had. */
export function mostRows({ hard, perDay }: Plan): number {
  return hard ? perDay.rowsWritten : Number.POSITIVE_INFINITY;
}

/** An account's plan is shared by its workspaces in equal parts: each is an object of its own and knows only itself. */
export function shareOf(plan: Plan, workspaces: number): Plan {
  const parts = resources.map((name) => [name, Math.floor(plan.perDay[name] / workspaces)]);
  const markWrites = plan.markWrites / workspaces;
  return { ...plan, markWrites, perDay: Object.fromEntries(parts) as unknown as Use };
}
