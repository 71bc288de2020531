// The dashboard as a browser asks for it, with plain objects where the Durable Objects would be; and a house full of
// everything that it can show.

import { addDashboard } from "../../src/dashboard/dashboard.ts";
import type { Env } from "../../src/env.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import type { Overview } from "../../src/overview.ts";
import type { SignedReceipt } from "../../src/proof/receipts.ts";
import { createApi } from "../../src/routes/app.ts";
import type { WorkspaceStatus } from "../../src/status.ts";
import { hourMs, toIso } from "../../src/time.ts";
import { budgetOf } from "./budget.ts";
import { FakeRelay } from "./fake-relay.ts";

export const adminToken = "correct-horse-battery-staple";
export const hook = "https://hooks.slack.com/services/T00000000/B00000000/abcdefabcdef";
const environment = {
  ADMIN_TOKEN: adminToken,
  WEBFLOW_TOKEN: "ws-0123456789abcdef",
  WORKSPACES: [{ id: "acme", token: "$WEBFLOW_TOKEN" }],
  DESTINATIONS: [
    { name: "team", type: "slack", url: hook },
    { name: "siem", type: "webhook", url: "https://siem.example.com/in?key=a&b", secret: "$SIGN" },
  ],
  SIGN: "whsec_dGhlLXNpZ25pbmctc2VjcmV0LW9mLXRoZS10ZXN0cyE=",
};

export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export class House {
  readonly api = addDashboard(createApi());
  readonly relays: Record<string, FakeRelay> = {};
  readonly #change: Record<string, unknown>;

  constructor(change: Record<string, unknown> = {}) {
    this.#change = change;
  }

  relay(id = "acme"): FakeRelay {
    this.relays[id] ??= new FakeRelay(id);
    return this.relays[id];
  }

  /** As a browser that is signed in, unless it says otherwise. */
  async ask(request: string, init: RequestInit = {}): Promise<Page> {
    const [method = "GET", path = "/"] = request.split(" ");
    const env = {
      ...environment,
      ...this.#change,
      RELAY: { getByName: (id: string) => this.relay(id) },
    };
    const authorization = `Basic ${btoa(`me:${adminToken}`)}`;
    const response = await this.api.app.request(
      path,
      { method, headers: { authorization }, ...init },
      // The bindings that no page uses are left out.
      env as unknown as Env,
    );
    const { status, headers } = response;
    return { status, headers, text: await response.text() };
  }

  send(
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Page> {
    return this.ask(`POST ${path}`, {
      headers: {
        authorization: `Basic ${btoa(`me:${adminToken}`)}`,
        "content-type": "application/x-www-form-urlencoded",
        ...headers,
      },
      body: new URLSearchParams(fields).toString(),
    });
  }
}

type Destination = WorkspaceStatus["destinations"][number];

export function destination(change: Partial<Destination> = {}): Destination {
  return {
    name: "team",
    type: "slack",
    state: "ok",
    through: toIso(Date.now() - 4000),
    lagSeconds: 0,
    failures: 0,
    lastError: null,
    lastErrorAt: null,
    lastDelivered: toIso(Date.now() - 60_000),
    backlog: 0,
    problem: null,
    hold: null,
    nextAttempt: null,
    nextDigest: null,
    tooOld: null,
    ...change,
  };
}

export function overviewOf(
  change: Partial<WorkspaceStatus> = {},
  rest: Partial<Overview> = {},
): Overview {
  return {
    status: {
      workspace: "acme",
      state: "active",
      since: toIso(Date.now() - hourMs),
      problem: null,
      lastRead: toIso(Date.now() - 3000),
      nextRead: null,
      newestEvent: toIso(Date.now() - 9000),
      deadLetters: 0,
      mutes: 0,
      budget: budgetOf(),
      destinations: [destination()],
      rules: [],
      ...change,
    },
    hours: hours(["team"]),
    receipts: [],
    mutes: [],
    findings: [],
    lastRun: null,
    kvWritesToday: 12,
    sourceLagMs: 4200,
    ...rest,
  };
}

export function hours(names: readonly string[]): Overview["hours"] {
  return Array.from({ length: 24 }, (_, i) => ({
    from: toIso(Date.now() - (23 - i) * hourMs),
    events: {
      "user_access.login": i,
      "workspace_membership.user_added": i % 5,
      "custom_role.role_created": i % 3,
      "workspace_invitation.invite_sent": i % 4,
      "site_membership.user_added": i % 7,
      "site_publishing.site_published": i % 2,
    },
    destinations: Object.fromEntries(
      names.map((name) => [name, { requests: 40, failed: i % 2, seconds: 0.1 + (i % 6) / 10 }]),
    ),
  }));
}

/** As days go: nights that are quiet, and now and then something. */
const states = [
  "complete",
  "complete",
  "quiet",
  "late",
  "complete",
  "quiet",
  "blind",
  "shortfall",
] as const;

export function receipts(count: number): SignedReceipt[] {
  return Array.from({ length: count }, (_, i) => ({
    workspace: "acme",
    from: toIso(Date.now() - (count - i) * hourMs),
    to: toIso(Date.now() - (count - i - 1) * hourMs),
    state: states[Math.floor(i / 3) % states.length] ?? "complete",
    final: true,
    sourceTotal: 12,
    countedAt: toIso(Date.now()),
    events: 12,
    late: 0,
    polls: 360,
    failedPolls: 0,
    unreadSeconds: 600,
    note: null,
    destinations: {},
    signature: null,
  }));
}

export function event(change: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id: "01KBCDEFGH0123456789ABCDEF",
    type: "user_access.login",
    time: toIso(Date.now() - 9000),
    severity: "info",
    summary: "ann@example.com logged in by SSO from Dublin IE (192.0.2.7).",
    actor: { id: "1", email: "ann@example.com", type: "person" },
    targets: [],
    site: null,
    role: null,
    previousRole: null,
    setting: null,
    granularAccess: null,
    method: "sso",
    userType: "member",
    source: { ip: "192.0.2.7", location: "Dublin IE" },
    workspace: { id: "acme", slug: null },
    flags: { late: false, backfilled: false, unknown: false },
    raw: { eventType: "user_access" },
    ...change,
  };
}

export const letter = {
  id: 7,
  destination: "siem",
  eventId: "01KBCDEFGH0123456789ABCDEF",
  reason: "HTTP 400: unknown field",
  atMs: Date.now() - 60_000,
  item: JSON.stringify({ eventType: "user_access", actor: { email: "ann@example.com" } }),
  retrying: false,
};
