// Slack at the other end of its slash command: signed requests, and plain objects where the Durable Objects would be.

import { createHmac } from "node:crypto";
import type { Env } from "../../src/env.ts";
import type { RunReport } from "../../src/report.ts";
import type { RelayStub } from "../../src/routes/stub.ts";
import type { Answer } from "../../src/slack-command/answer.ts";
import type { WorkspaceStatus } from "../../src/status.ts";
import { budgetOf } from "./budget.ts";

export const signingSecret = "8f742231b10e8888abcd99yyyzzz85a5";
export const operator = "U012AB3CD";
export const responseUrl = "https://hooks.slack.com/commands/T00000000/1/abcdefabcdefabcdef";

/** As Slack's documentation lays them out. */
export function slashForm(fields: Readonly<Record<string, string>> = {}): string {
  return new URLSearchParams({
    token: "legacy",
    team_id: "T00000000",
    team_domain: "acme",
    channel_id: "C00000000",
    channel_name: "security",
    user_id: operator,
    user_name: "ann",
    command: "/tidemark",
    text: "status",
    api_app_id: "A00000000",
    is_enterprise_install: "false",
    response_url: responseUrl,
    trigger_id: "1.2.3",
    ...fields,
  }).toString();
}

export function signature(body: string, timestamp: string, secret = signingSecret): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}

/** What Slack sends when somebody uses the command. */
export function slashRequest(
  body: string,
  { nowMs = Date.now(), secret = signingSecret } = {},
): { method: string; headers: Record<string, string>; body: string } {
  const timestamp = String(Math.floor(nowMs / 1000));
  return {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": signature(body, timestamp, secret),
    },
    body,
  };
}

/** An environment with these workspaces; what they are asked beyond that fails the test. */
export function environmentWith(
  relays: Readonly<Record<string, Partial<RelayStub>>>,
  change: Readonly<Record<string, unknown>> = {},
): Env {
  const hook = "https://hooks.slack.com/services/T00000000/B00000000/abcdefabcdef";
  const environment = {
    ADMIN_TOKEN: "correct-horse-battery-staple",
    WEBFLOW_TOKEN: "ws-0123456789abcdef",
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_OPERATORS: [operator],
    WORKSPACES: Object.keys(relays).map((id) => ({ id, token: "$WEBFLOW_TOKEN" })),
    DESTINATIONS: [
      { name: "team", type: "slack", url: hook },
      {
        name: "siem",
        type: "splunk",
        url: "https://splunk.example.com",
        token: "0123456789abcdef",
      },
    ],
    ...change,
    RELAY: { getByName: (id: string) => relays[id] },
  };
  // The bindings that the route does not use are left out.
  return environment as unknown as Env;
}

type DestinationStatus = WorkspaceStatus["destinations"][number];

/** A workspace that is read and whose destinations are well, unless told otherwise. */
export function statusOf(
  workspace: string,
  destinations: readonly (Pick<DestinationStatus, "name" | "type"> &
    Partial<DestinationStatus>)[] = [],
  change: Partial<WorkspaceStatus> = {},
): WorkspaceStatus {
  return {
    workspace,
    state: "active",
    since: null,
    problem: null,
    lastRead: null,
    nextRead: null,
    newestEvent: null,
    deadLetters: 0,
    mutes: 0,
    budget: budgetOf(),
    rules: [],
    destinations: destinations.map((one) => ({
      state: "ok",
      through: null,
      lagSeconds: 0,
      failures: 0,
      lastError: null,
      lastErrorAt: null,
      lastDelivered: null,
      backlog: 0,
      problem: null,
      hold: null,
      nextAttempt: null,
      nextDigest: null,
      tooOld: null,
      ...one,
    })),
    ...change,
  };
}

export function runReport(change: Partial<RunReport> = {}): RunReport {
  return {
    trigger: "sync",
    startedMs: 0,
    tookMs: 1,
    sourceRequests: 1,
    read: 1,
    fresh: 0,
    late: 0,
    unusable: 0,
    budget: { used: 1, of: 45 },
    source: "ok",
    destinations: {},
    ...change,
  };
}

/** All that an answer shows, a line for each. */
export function shown({ blocks }: Pick<Answer, "blocks">): string {
  return blocks
    .flatMap((block) => {
      if (block.type === "section") return block.text?.text ?? [];
      if (block.type !== "context") throw new Error(`a block of an unknown type: ${block.type}`);
      return block.elements.map((one) => ("text" in one ? one.text : ""));
    })
    .join("\n");
}
