// What the ledger notes of a destination's requests: what was delivered, refused for good, or tried in vain.
import type { Letter, Verdict } from "./destinations/destination.ts";
import type { OpenParcel } from "./parcel.ts";
import type { Ports } from "./ports.ts";

/** Events of the walk through the log, events that are sent beside it, or Tidemark's own. */
type Kind = "walk" | "aside" | "notices";

export class Settling {
  readonly #name: string;
  readonly #ports: Ports;

  constructor(name: string, ports: Ports) {
    this.#name = name;
    this.#ports = ports;
  }

  delivered(parcel: OpenParcel, letters: readonly Letter[], nowMs: number): void {
    const { ledger } = this.#ports;
    const ids = letters.map(({ event }) => event.id);
    ledger.transaction(() => {
      switch (kindOf(parcel)) {
        case "walk":
          ledger.settle(this.#name, ids, "delivered", nowMs);
          return;
        case "aside":
          ledger.settleAside(this.#name, ids, "delivered", nowMs);
          ledger.exhume(this.#name, ids);
          return;
        case "notices":
          ledger.notices.done(this.#name, ids);
      }
    });
  }

  /** Refused for good: a dead letter each. */
  refused(parcel: OpenParcel, letters: readonly Letter[], reason: string): void {
    const { ledger, clock, log } = this.#ports;
    const nowMs = clock.now();
    const destination = this.#name;
    const kind = kindOf(parcel);
    ledger.transaction(() => {
      for (const { event } of letters) {
        const { id, type, raw } = event;
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

  /** A request that did not deliver. */
  attempted(
    letters: readonly Letter[],
    { kind, reason }: Exclude<Verdict, { kind: "delivered" }>,
  ): void {
    const { ledger, clock } = this.#ports;
    const ids = letters.map(({ event }) => event.id);
    ledger.attempts.note(this.#name, ids, kind, reason, clock.now());
  }
}

function kindOf({ position, notices }: OpenParcel): Kind {
  if (notices) return "notices";
  return position === null ? "aside" : "walk";
}
