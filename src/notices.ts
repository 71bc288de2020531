// What happens to Tidemark itself, told once to the destinations that ask for it. The texts: notice-texts.ts.
import type { Member } from "./member.ts";
import { notices } from "./notice-texts.ts";
import type { Ports } from "./ports.ts";
import { type SystemEventFields, toSystemEvent } from "./system-event.ts";

interface Telling {
  /** What is to be remembered of its having been told: both or none. */
  readonly note?: () => void;
  /** The destination that it is about, where that could not take it. */
  readonly except?: string;
}

export class Notices {
  readonly #ports: Ports;
  readonly #members: readonly Member[];
  readonly #workspaceId: string;

  constructor(ports: Ports, members: readonly Member[], workspaceId: string) {
    this.#ports = ports;
    this.#members = members;
    this.#workspaceId = workspaceId;
    for (const { lane } of members) {
      lane.settling.onTooOld = (count) =>
        this.tell(notices.eventsTooOld(lane.name, lane.destination, count));
    }
  }

  /** Noted for good; it goes out with the next run. */
  tell(fields: SystemEventFields, { note, except }: Telling = {}): void {
    const { clock, ledger, log } = this.#ports;
    const event = toSystemEvent(fields, clock.now(), this.#workspaceId);
    const told = this.#members.filter(({ config }) => config.system && config.name !== except);
    log.warn(fields.summary, { event: event.type, ...fields.payload });
    ledger.transaction(() => {
      note?.();
      ledger.notices.add(
        told.map(({ lane }) => lane.name),
        event,
        fields.quotes,
      );
    });
    for (const { lane } of told) lane.progress.wake();
  }
}
