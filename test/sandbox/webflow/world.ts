// A sandbox API with a clock that the test moves, and a reader of its pages.

import { seeded } from "../../../sandbox/random.ts";
import { type WebflowApiOptions, webflowApi } from "../../../sandbox/webflow/api.ts";
import { AuditLog } from "../../../sandbox/webflow/audit-log.ts";
import { defaultQuirks, type Quirks } from "../../../sandbox/webflow/quirks.ts";
import { Tokens } from "../../../sandbox/webflow/tokens.ts";
import type { Clock } from "../../../src/http.ts";

export const token = "ws-test";
export const startMs = Date.parse("2026-09-01T12:00:00.000Z");

export interface Page {
  items: Record<string, unknown>[];
  pagination: { limit: number; offset: number; total: number };
}

type Setup = Partial<Omit<WebflowApiOptions, "quirks">> & { quirks?: Partial<Quirks> };

export function world(setup: Setup = {}) {
  let nowMs = startMs;
  const clock: Clock = {
    now: () => nowMs,
    sleep: async (ms, signal) => {
      if (!signal?.aborted) nowMs += ms;
    },
  };
  const log = setup.log ?? new AuditLog();
  const tokens = new Tokens();
  tokens.issue(token);
  const workspace = { id: "6621ccb459b561c69f29d57c", slug: "harborline", enterprise: true };
  const quirks: Quirks = { ...defaultQuirks, ...setup.quirks };
  const options = { clock, tokens, workspace, random: seeded(1), ...setup, log, quirks };
  const api = webflowApi(options);
  const path = `/v2/workspaces/${workspace.slug}/audit_logs`;

  const get = (query: Record<string, string | number> = {}, bearer = token, at = path) => {
    const url = new URL(at, "https://api.webflow.com");
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return api.fetch(new Request(url, { headers: { authorization: `Bearer ${bearer}` } }));
  };
  const page = async (query: Record<string, string | number> = {}): Promise<Page> => {
    const response = await get(query);
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return response.json() as Promise<Page>;
  };
  const names = async (query: Record<string, string | number> = {}) =>
    (await page(query)).items.map((item) => item.name);

  return {
    api,
    log,
    tokens,
    workspace,
    quirks,
    get,
    page,
    names,
    now: () => nowMs,
    advance: (ms: number) => {
      nowMs += ms;
    },
  };
}

/** A named event so many milliseconds before the start of the world. */
export function event(name: string, beforeMs: number, more: Record<string, unknown> = {}) {
  const timestamp = new Date(startMs - beforeMs).toISOString();
  return { timestamp, eventType: "user_access", eventSubType: "login", name, ...more };
}

export const at = (beforeMs: number): string => new Date(startMs - beforeMs).toISOString();
