// One clearly marked event, sent to a destination on request, and what its receiver said.
import type { DestinationConfig } from "./config.ts";
import type { Letter, Verdict } from "./destinations/destination.ts";
import { toLetter } from "./letter.ts";
import type { Ports } from "./ports.ts";
import { toSystemEvent } from "./system-event.ts";

export interface TestReport {
  readonly destination: string;
  readonly outcome: "delivered" | "retry" | "reject" | "halt";
  /** The answer in words. */
  readonly detail: string;
  readonly event: string;
}

/** Where a test goes: a destination, and how one letter is sent there. */
interface Tested {
  readonly config: Pick<DestinationConfig, "name" | "format">;
  readonly lane: { try(letter: Letter): Promise<Verdict> };
}

/** Where the test arrives, a lane takes a destination that was paused or failing back into service. */
export async function testDestination(
  { clock, random }: Pick<Ports, "clock" | "random">,
  { config, lane }: Tested,
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
