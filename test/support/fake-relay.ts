// A workspace's Durable Object that does nothing but say what it was asked, for what is tested through HTTP.

import type { RelayStub } from "../../src/routes/stub.ts";
import type { DeadLetter } from "../../src/tables.ts";
import { budgetOf } from "./budget.ts";

export const status = (workspace: string) => ({
  workspace,
  state: "active" as const,
  since: null,
  problem: null,
  lastRead: null,
  nextRead: null,
  newestEvent: null,
  deadLetters: 0,
  mutes: 0,
  budget: budgetOf(),
  destinations: [],
  rules: [],
});
export const report = {
  trigger: "sync" as const,
  startedMs: 0,
  tookMs: 1,
  sourceRequests: 1,
  read: 1,
  fresh: 1,
  late: 0,
  unusable: 0,
  budget: { used: 1, of: 45 },
  source: "ok" as const,
  destinations: {},
};

export const planReport = {
  id: "01K7M000",
  createdMs: 0,
  fromMs: 0,
  toMs: 1000,
  destinations: ["team"],
  redeliver: false,
  state: "ready" as const,
  cursor: 2,
  events: 3,
  sourceTotal: 3,
  fingerprint: "f",
  counts: { team: { send: 1, delivered: 2, filtered: 0, deadLettered: 0, onTheirWay: 0 } },
  appliedMs: null,
  refused: null,
  expiresMs: 86_400_000,
  remaining: 0,
  warnings: [],
  problem: null,
};
export const explanation = (event: string) => ({
  event,
  workspace: "acme",
  time: "2026-06-01T12:00:00.000Z",
  summary: "Ann logged in",
  problem: null,
  firstSeen: {
    at: "2026-06-01T12:00:05.000Z",
    run: { startedAt: "2026-06-01T12:00:04.000Z", trigger: "alarm" },
  },
  judged: "new" as const,
  twin: null,
  knownGood: [],
  findings: [
    {
      rule: "privilege.admin_granted",
      title: "Owner or Admin granted",
      severity: "high" as const,
      reason: "Ann made Ben an Admin.",
      technique: { id: "T1098.003", name: "Account Manipulation: Additional Cloud Roles" },
      time: "2026-06-01T12:00:00.000Z",
      evidence: ["01K7M000000000000000000000", event],
      onEvent: true,
    },
  ],
  destinations: [
    {
      name: "team",
      cause: "dead_lettered" as const,
      because: "HTTP 400",
      at: "2026-06-01T12:00:06.000Z",
      filter: { takes: true, because: "nothing in its filter is against it" },
      attempts: [
        {
          outcome: "reject" as const,
          reason: "HTTP 400",
          first: "2026-06-01T12:00:06.000Z",
          last: "2026-06-01T12:00:06.000Z",
          times: 1,
          events: 1,
        },
      ],
      nextAttempt: null,
      deadLetter: 7,
    },
  ],
});

export const backtestReport = {
  from: "2026-05-01T00:00:00.000Z",
  to: "2026-05-31T00:00:00.000Z",
  readTo: "2026-05-31T00:00:00.000Z",
  complete: true,
  events: 1,
  problem: null,
  rules: [
    {
      rule: "login.api",
      severity: "medium" as const,
      findings: 1,
      heldBack: 0,
      examples: [{ time: "2026-05-02T00:00:00.000Z", reason: "Ann did.", evidence: ["01"] }],
    },
  ],
};

const muted = {
  ...{ id: 3, only: ["*"], where: {}, rules: [], destinations: ["team"], includeHigh: false },
  ...{ by: "ann", reason: null, sinceMs: 0, untilMs: 0, endedMs: null, endedBy: null },
  keptBack: {},
};

/** A workspace's Durable Object that does nothing but say what it was asked. */
export class FakeRelay implements RelayStub {
  readonly calls: unknown[][] = [];
  readonly id: string;
  letters: DeadLetter[] = [];
  overrides: Partial<RelayStub> = {};
  constructor(id: string) {
    this.id = id;
  }
  beat = async () => undefined;
  sync = async (...args: [number?]) => {
    this.calls.push(["sync", ...args]);
    return this.overrides.sync ? this.overrides.sync(...args) : report;
  };
  health: RelayStub["health"] = async () => this.overrides.health?.() ?? "active";
  status = async () => this.overrides.status?.() ?? status(this.id);
  look: RelayStub["look"] = async (query) => {
    this.calls.push(["look", query]);
    return this.overrides.look?.(query) ?? { events: [], next: null, problem: null };
  };
  test: RelayStub["test"] = async (name) => {
    this.calls.push(["test", name]);
    return (
      this.overrides.test?.(name) ?? {
        destination: name,
        outcome: "delivered",
        detail: "accepted",
        event: "01",
      }
    );
  };
  overview: RelayStub["overview"] = async () =>
    this.overrides.overview?.() ?? {
      status: status(this.id),
      hours: [],
      receipts: [],
      mutes: [],
      findings: [],
      lastRun: null,
      kvWritesToday: 0,
      sourceLagMs: null,
    };
  measured = async () => ({ workspace: this.id, totals: {}, standing: await this.overview() });
  recentMs: RelayStub["recentMs"] = async (nth) => this.overrides.recentMs?.(nth) ?? null;
  newest: RelayStub["newest"] = async (most) =>
    this.overrides.newest?.(most) ?? { events: [], problem: null };
  list: RelayStub["list"] = async (...args) => this.overrides.list?.(...args) ?? null;
  visited = async (origin: string) => {
    this.calls.push(["visited", origin]);
  };
  tests: RelayStub["tests"] = async () => this.overrides.tests?.() ?? [];
  pause = async (name: string, by: string, untilMs: number | null) => {
    this.calls.push(["pause", name, by, untilMs]);
    return true;
  };
  resume = async (name: string) => {
    this.calls.push(["resume", name]);
    return true;
  };
  mute: RelayStub["mute"] = async (order, by) => {
    this.calls.push(["mute", order, by]);
    return this.overrides.mute ? this.overrides.mute(order, by) : { ...muted, ...order, by };
  };
  unmute: RelayStub["unmute"] = async (id, by) => {
    this.calls.push(["unmute", id, by]);
    const all = [...(await this.mutes()), { ...muted, id: 1 }];
    const mute = all.find((one) => one.id === id);
    return mute && { ...mute, endedMs: 1, endedBy: by };
  };
  mutes: RelayStub["mutes"] = async () => this.overrides.mutes?.() ?? [];
  revive = async (name: string) => {
    this.calls.push(["revive", name]);
  };
  deadLetters = async (limit: number, before = Number.MAX_SAFE_INTEGER) =>
    this.letters.filter(({ id }) => id < before).slice(0, limit);
  retryDeadLetter: RelayStub["retryDeadLetter"] = async (id) => {
    this.calls.push(["retry", id]);
    const results = ["retrying", "not sendable", "no destination", "paused"] as const;
    return results[id - 1] ?? "not found";
  };
  discardDeadLetter = async (id: number) => id === 1;
  receipts: RelayStub["receipts"] = async (...args) => {
    this.calls.push(["receipts", ...args]);
    return this.overrides.receipts?.(...args) ?? [];
  };
  receiptKey: RelayStub["receiptKey"] = async () => ({
    kty: "OKP",
    crv: "Ed25519",
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    kid: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    alg: "EdDSA",
    use: "sig",
  });
  explain: RelayStub["explain"] = async (...args) => {
    this.calls.push(["explain", ...args]);
    return this.overrides.explain
      ? this.overrides.explain(...args)
      : { kind: "known", explanation: explanation(args[0]) };
  };
  backtest: RelayStub["backtest"] = async (...args) => {
    this.calls.push(["backtest", ...args]);
    return this.overrides.backtest?.(...args) ?? backtestReport;
  };
  configure: RelayStub["configure"] = async (draft, expected) => {
    this.calls.push(["configure", draft, expected]);
    const record = { ...draft, version: 1, updatedAt: "2026-06-01T12:00:00.000Z" };
    return (await this.overrides.configure?.(draft, expected)) ?? { kind: "changed", record };
  };
  retire: RelayStub["retire"] = async (keepDays) => {
    this.calls.push(["retire", keepDays]);
    return (await this.overrides.retire?.(keepDays)) ?? true;
  };
  stored: RelayStub["stored"] = async () => (await this.overrides.stored?.()) ?? null;
  glance: RelayStub["glance"] = async (look) => {
    this.calls.push(["glance", look]);
    return (await this.overrides.glance?.(look)) ?? { state: "quiet", problem: null };
  };
  planResync: RelayStub["planResync"] = async (...args) => {
    this.calls.push(["planResync", ...args]);
    return this.overrides.planResync?.(...args) ?? planReport;
  };
  applyResync: RelayStub["applyResync"] = async (...args) => {
    this.calls.push(["applyResync", ...args]);
    return this.overrides.applyResync?.(...args) ?? { kind: "unknown" };
  };
  resync: RelayStub["resync"] = async (id) =>
    this.overrides.resync
      ? this.overrides.resync(id)
      : id === planReport.id
        ? planReport
        : undefined;
}
