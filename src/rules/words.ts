// The names and spans in a finding's sentence.
import type { AuditEvent, Person } from "../event/event.ts";
import { printable } from "../event/summary.ts";
import { dayMs, hourMs, minuteMs } from "./person.ts";

export const nameOf = ({ id, email }: Person) => printable(email) ?? printable(id, 40) ?? "someone";

export function actorName({ actor }: AuditEvent): string {
  if (actor.type !== "token") return nameOf(actor);
  return `the API token ${printable(actor.id, 40) ?? "without an id"}`;
}

/** A role, a place or another's text, in quotation marks where it could be taken for ours. */
export const quoted = (text: string | null) => `"${printable(text, 80) ?? "?"}"`;

/** `from Lisbon PT (192.0.2.1)` */
export function fromWhere({ source }: AuditEvent): string {
  const place = printable(source?.location, 80);
  const ip = printable(source?.ip, 45);
  if (place && ip) return `from ${place} (${ip})`;
  return place || ip ? `from ${place ?? ip}` : "from an unknown place";
}

/** Of a bare span: `12 minutes`, `3 hours`, `95 days`. */
export function span(ms: number): string {
  const [unit, name] =
    ms < 2 * hourMs ? [minuteMs, "minute"] : ms < 2 * dayMs ? [hourMs, "hour"] : [dayMs, "day"];
  const count = Math.max(0, Math.round(ms / unit));
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
