// An event as one destination gets to see it.
import type { DestinationConfig } from "./config.ts";
import type { Letter } from "./destinations/destination.ts";
import type { AuditEvent } from "./event/event.ts";

/**
 * The one way to a destination: what it is not to see is gone here. Documents are made when they are first needed: where a
 * format fails, only its own letters do.
 */
export function toLetter(
  event: AuditEvent,
  { format, privacy, findings }: Pick<DestinationConfig, "format" | "privacy" | "findings">,
): Letter {
  let made: Letter["documents"] | undefined;
  const own = findings ? event : withoutFindings(event);
  const shown = privacy ? privacy(own) : own;
  return {
    event: shown,
    ...(privacy && { received: event.raw }),
    get documents() {
      made ??= format.toDocuments(shown);
      return made;
    },
  };
}

function withoutFindings(event: AuditEvent): AuditEvent {
  if (event.findings === undefined) return event;
  const { findings: _, ...rest } = event;
  return rest;
}
