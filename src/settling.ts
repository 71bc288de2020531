// What the ledger notes of a request's outcome.
import type { AuditEvent } from "./event/event.ts";
import type { Ledger } from "./ledger.ts";
import type { Ports } from "./ports.ts";

/** Events of the walk through the log, events that are sent beside it, or Tidemark's own. */
export type Kind = "walk" | "aside" | "notices";

export function settleDelivered(
  ledger: Ledger,
  destination: string,
  kind: Kind,
  ids: readonly string[],
  nowMs: number,
): void {
  switch (kind) {
    case "walk":
      ledger.settle(destination, ids, "delivered", nowMs);
      return;
    case "aside":
      ledger.settleAside(destination, ids, "delivered", nowMs);
      ledger.exhume(destination, ids);
      return;
    case "notices":
      ledger.notices.done(destination, ids);
  }
}

/** Refused for good: a dead letter each. */
export function settleRefused(
  { ledger, clock, log }: Ports,
  destination: string,
  kind: Kind,
  events: readonly AuditEvent[],
  reason: string,
): void {
  const nowMs = clock.now();
  ledger.transaction(() => {
    for (const { id, type, raw } of events) {
      if (kind === "notices") {
        // What it tells stands in the log already; sent again, it would be old news.
        ledger.notices.done(destination, [id]);
        log.error("a notice was refused", { destination, type, reason });
        continue;
      }
      if (kind === "walk") ledger.settle(destination, [id], "dead", nowMs);
      else ledger.settleAside(destination, [id], "dead", nowMs);
      ledger.bury({ destination, eventId: id, reason, item: JSON.stringify(raw) }, nowMs);
      log.warn("dead letter", { destination, event: id, reason });
    }
  });
}
