// One clearly marked event, sent to a destination on request, and what its receiver said.
import type { AuditEvent } from "./event/event.ts";
import { idPrefix } from "./event/identity.ts";
import type { Member } from "./member.ts";
import type { Ports } from "./ports.ts";
import { toLetter } from "./sightings.ts";

export interface TestReport {
  readonly destination: string;
  readonly outcome: "delivered" | "retry" | "reject" | "halt";
  /** The answer in words. */
  readonly detail: string;
  readonly event: string;
}

/** Where the test arrives, a destination that was paused or failing is taken back into service. */
export async function testDestination(
  { clock, random }: Ports,
  { config, lane }: Member,
  workspaceId: string,
): Promise<TestReport> {
  const { name, format } = config;
  const event = testEvent(clock.now(), random, name, workspaceId);
  const outcome = await lane.try(toLetter(event, format));
  const detail =
    outcome.kind === "delivered"
      ? `${name} accepted the test event.`
      : `${name} did not accept it: ${outcome.reason}`;
  return { destination: name, outcome: outcome.kind, detail, event: event.id };
}

function testEvent(
  nowMs: number,
  random: () => number,
  name: string,
  workspaceId: string,
): AuditEvent {
  const time = new Date(nowMs).toISOString();
  const suffix = String(Math.floor(random() * 1e16)).padStart(16, "0");
  return {
    id: `${idPrefix(nowMs)}${suffix}`,
    type: "tidemark.test",
    time,
    severity: "info",
    summary: `This is a test from Tidemark: destination ${name} works. Nothing happened in Webflow.`,
    actor: { type: "unknown", id: null, email: null },
    targets: [],
    site: null,
    role: null,
    previousRole: null,
    setting: null,
    granularAccess: null,
    method: null,
    userType: null,
    source: null,
    workspace: { id: workspaceId, slug: null },
    flags: { late: false, backfilled: false, unknown: false },
    raw: { timestamp: time, eventType: "tidemark", eventSubType: "test" },
  };
}
