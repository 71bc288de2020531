// Digests for tests: a period, a day of the sandbox's activity, hostile events of every type, and a message as text.
import fc from "fast-check";
import { generate } from "../../sandbox/activity/activity.ts";
import type { Extras } from "../../src/destinations/chat/summary-lines.ts";
import { toDigestWords, toLink } from "../../src/destinations/chat/summary-lines.ts";
import { plain } from "../../src/destinations/chat/text.ts";
import type { Period, Summary } from "../../src/digest/summary.ts";
import { catalogue } from "../../src/event/catalogue.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import { normalize } from "../event/items.ts";
import { hostileEvents } from "./events.ts";

export const untilMs = Date.parse("2026-06-05T07:00:00.000Z");
export const dayMs = 86_400_000;

export function period(overrides: Partial<Period> = {}): Period {
  return {
    fromMs: untilMs - dayMs,
    untilMs,
    zone: "Europe/Madrid",
    workspace: "harborline",
    sent: new Set(),
    ...overrides,
  };
}

/** A believable period, up to `untilMs`. */
export function activityEvents(count: number, seed = 1, spanMs = dayMs): AuditEvent[] {
  return generate({ seed, count, fromMs: untilMs - spanMs, toMs: untilMs }).map(({ item }) =>
    normalize(item),
  );
}

const types = [
  ...Object.keys(catalogue),
  "workspace_invitation.invite_expired",
  "user_access.login_failed",
  "tidemark.finding",
];

/** Of the types that a digest reads, mostly, with anything in their fields. */
export function hostileActivity(most: number): fc.Arbitrary<AuditEvent[]> {
  return fc
    .tuple(
      hostileEvents(most),
      fc.infiniteStream(fc.option(fc.constantFrom(...types), { freq: 8 })),
    )
    .map(([events, kinds]) =>
      events.map((event) => ({ ...event, type: kinds.next().value ?? event.type })),
    );
}

/** The high and critical ones, as they are sent at once. */
export function sentOf(events: readonly AuditEvent[]): Set<string> {
  return new Set(
    events
      .filter(({ severity }) => severity === "high" || severity === "critical")
      .map(({ id }) => id),
  );
}

/** As it reads, whatever the chat. */
export function asText(summary: Summary, { looks, more }: Extras = {}): string {
  const { headline, tally, sections } = toDigestWords(summary, plain, looks);
  return [
    headline,
    ...(tally ? [tally] : []),
    ...sections.flatMap(({ title, lines }) =>
      title ? ["", title, ...lines.map((line) => `• ${line}`)] : lines,
    ),
    ...(more ? ["", toLink(summary, more, plain).join("")] : []),
  ].join("\n");
}
