// What happens to Tidemark itself, told once to the destinations that ask for it, with the remedy.
import type { BoundDestination } from "./destinations/bind.ts";
import type { Member } from "./member.ts";
import type { Ports } from "./ports.ts";
import { type SystemEventFields, toSystemEvent } from "./system-event.ts";
import { hourMs, toIso } from "./time.ts";

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
  tell(fields: SystemEventFields): void {
    const { clock, ledger, log } = this.#ports;
    const event = toSystemEvent(fields, clock.now(), this.#workspaceId);
    const told = this.#members.filter(({ config }) => config.system);
    log.warn(fields.summary, { event: event.type, ...fields.payload });
    ledger.transaction(() =>
      ledger.notices.add(
        told.map(({ lane }) => lane.name),
        event,
      ),
    );
    for (const { lane } of told) lane.progress.wake();
  }
}

/** One catalogue of all that is told, so that the texts can be read together. */
export const notices = {
  tokenRotated: (living: string, refused: string, workspace: string): SystemEventFields => ({
    name: "token_rotated",
    severity: "medium",
    summary: `Webflow refused the token ${refused} of workspace ${workspace}; ${living} took its place, and nothing was missed. Take ${refused} out of WORKSPACES in wrangler.toml and deploy${/ /.test(refused) ? "" : `, or set a new one with: npx wrangler secret put ${refused}`}`,
    payload: { living, refused },
  }),
  cronStopped: (lastMs: number, workspace: string): SystemEventFields => ({
    name: "cron_stopped",
    severity: "medium",
    summary: `The cron trigger of Tidemark (workspace ${workspace}) has not fired since ${toIso(lastMs)}. The alarm goes on polling by itself, and nothing is missed; but nothing would start it again if it stopped too. Check [triggers] in wrangler.toml and the Worker's cron triggers in the Cloudflare dashboard, then deploy: npx wrangler deploy`,
    payload: { lastCron: toIso(lastMs) },
  }),
  cronBack: (workspace: string): SystemEventFields => ({
    name: "cron_recovered",
    severity: "info",
    summary: `The cron trigger of Tidemark (workspace ${workspace}) fires again.`,
  }),
  alarmStopped: (lastMs: number | null, workspace: string): SystemEventFields => ({
    name: "alarm_stopped",
    severity: "medium",
    summary: `The alarm that polls workspace ${workspace} had stopped${lastMs === null ? "" : ` (it last ran at ${toIso(lastMs)})`}. The cron trigger has set it again and polls in the meantime; nothing is missed. If this comes again, see the Worker's logs: npx wrangler tail`,
    payload: { lastAlarm: lastMs === null ? null : toIso(lastMs) },
  }),
  eventsTooOld: (
    name: string,
    { type, limits: { age } }: BoundDestination,
    count: number,
  ): SystemEventFields => ({
    name: "events_too_old",
    severity: "low",
    summary: `Destination ${name} (${type}) was sent events older than ${toSpan(age?.ms ?? 0)}, ${count} so far: ${age?.treatment}. Nothing is lost, for each record holds the event's own time; search by that. GET /status goes on counting them, and this is told at most once a day. An archive (type "r2") keeps every event at its own time.`,
    payload: { destination: name, count },
  }),
  alarmBack: (workspace: string): SystemEventFields => ({
    name: "alarm_recovered",
    severity: "info",
    summary: `The alarm that polls workspace ${workspace} runs again.`,
  }),
} as const;

function toSpan(ms: number): string {
  const hours = ms / hourMs;
  return hours > 48 ? `${hours / 24} days` : `${hours} hours`;
}
