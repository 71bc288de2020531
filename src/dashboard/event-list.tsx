// Events as rows: when, how severe, the sentence. Each leads to its own page.
import type { AuditEvent } from "../event/event.ts";
import { SeverityMark, When } from "./parts.tsx";

export function EventList({
  events,
  workspace,
  nowMs,
}: {
  readonly events: readonly AuditEvent[];
  readonly workspace: string;
  readonly nowMs: number;
}) {
  return (
    <ol class="events">
      {events.map(({ id, time, severity, summary, type, flags }) => (
        <li>
          <When at={time} nowMs={nowMs} />
          <SeverityMark severity={severity} />
          <a href={eventUrl(id, workspace)} dir="auto">
            {summary}
          </a>
          <span class="type">
            {type}
            {flags.late && " · late"}
          </span>
        </li>
      ))}
    </ol>
  );
}

export function eventUrl(id: string, workspace: string): string {
  return `/dashboard/events/${encodeURIComponent(id)}?${new URLSearchParams({ workspace })}`;
}
