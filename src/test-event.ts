// One clearly marked event, sent to a destination on request, and what its receiver said.
import type { Member } from "./member.ts";
import type { Ports } from "./ports.ts";
import { toLetter } from "./sightings.ts";
import { toSystemEvent } from "./system-event.ts";

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
  const { name } = config;
  const summary = `This is a test from Tidemark: destination ${name} works. Nothing happened in Webflow.`;
  const event = toSystemEvent(
    { name: "test", severity: "info", summary },
    clock.now(),
    workspaceId,
    String(random()),
  );
  const outcome = await lane.try(toLetter(event, config));
  const note = outcome.kind === "delivered" && outcome.note ? ` (${outcome.note})` : "";
  const detail =
    outcome.kind === "delivered"
      ? `${name} accepted the test event${note}.`
      : `${name} did not accept it: ${outcome.reason}`;
  return { destination: name, outcome: outcome.kind, detail, event: event.id };
}
