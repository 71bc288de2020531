// The texts of Tidemark's own events: what happened and what to do about it.
import type { BoundDestination } from "./destinations/bind.ts";
import { keptBack, type Mute, toWords } from "./mutes/mute.ts";
import { toIsoSecond } from "./source/client.ts";
import type { SystemEventFields } from "./system-event.ts";
import type { DeadLetter } from "./tables.ts";
import { hourMs, toIso, toShortIso } from "./time.ts";

/** Characters of a list. */
const mostListed = 500;

/** What a text says of a destination. */
export interface Named {
  readonly name: string;
  readonly type: string;
  /** The secrets that its options read. */
  readonly secrets: readonly string[];
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
  sourceRefused: (workspace: string, text: string): SystemEventFields => ({
    name: "source_refused",
    severity: "high",
    // What to do comes last, so that nothing follows a command that is to be copied.
    summary: `Tidemark cannot read workspace ${workspace}, and nobody is told what happens there. Nothing is lost: once it can read again, it goes on where it stopped. ${text}`,
    payload: { state: "refused" },
    quotes: quotedIn(text),
  }),
  sourceThrottled: (workspace: string, sinceMs: number, text: string): SystemEventFields => ({
    name: "source_throttled",
    severity: "medium",
    summary: `The audit log of workspace ${workspace} has not been read since ${toShortIso(sinceMs)}. ${text} Nothing is lost: it goes on where it stopped.`,
    payload: { state: "throttled", since: toIso(sinceMs) },
    quotes: quotedIn(text),
  }),
  sourceBlind: (workspace: string, sinceMs: number, text: string): SystemEventFields => ({
    name: "source_blind",
    severity: "high",
    summary: `The audit log of workspace ${workspace} has not been read since ${toShortIso(sinceMs)}, and nobody is told what happens there. ${text}`,
    payload: { state: "blind", since: toIso(sinceMs) },
    quotes: quotedIn(text),
  }),
  sourceRecovered: (workspace: string, forMs: number): SystemEventFields => ({
    name: "source_recovered",
    severity: "info",
    summary: `The audit log of workspace ${workspace} is read again, after ${toSpan(forMs)}. It goes on where it stopped; nothing that the log still shows was missed.`,
    payload: { afterSeconds: toSeconds(forMs) },
  }),
  destinationPaused: (about: Named, reason: string, probed: boolean): SystemEventFields => ({
    name: "destination_paused",
    severity: "high",
    summary: `Destination ${about.name} (${about.type}) is paused, for its receiver refuses Tidemark: ${sentence(reason)} Its backlog is held, and nothing is lost. ${probed ? "It is tried again each hour, and at once by" : "It is not tried again by itself; it goes on with"} POST /destinations/${about.name}/test or the button on the dashboard. Check its options in wrangler.toml${setAnew(about)}`,
    payload: { destination: about.name, reason },
    quotes: [reason],
  }),
  destinationFailing: (about: Named, reason: string, failures: number): SystemEventFields => ({
    name: "destination_failing",
    severity: "medium",
    summary: `Destination ${about.name} (${about.type}) does not take events: ${count(failures, "attempt")} in a row failed, the last with ${sentence(reason)} Its backlog is held, nothing is lost, and it is tried again every few minutes. POST /destinations/${about.name}/test says what it answers. If its receiver is not down, check its options in wrangler.toml${setAnew(about)}`,
    payload: { destination: about.name, reason, failures },
    quotes: [reason],
  }),
  destinationRecovered: (about: Named, forMs: number): SystemEventFields => ({
    name: "destination_recovered",
    severity: "info",
    summary: `Destination ${about.name} (${about.type}) takes events again, after ${toSpan(forMs)}. What waited for it is being sent.`,
    payload: { destination: about.name, afterSeconds: toSeconds(forMs) },
  }),
  destinationHeld: (about: Named, by: string, untilMs: number | null): SystemEventFields => ({
    name: "destination_paused",
    severity: "medium",
    summary: `Destination ${about.name} (${about.type}) was paused by ${by}, ${untilMs === null ? "until it is resumed" : `until ${toShortIso(untilMs)}`}. Nothing is sent to it meanwhile; its backlog is held. To go on earlier: POST /destinations/${about.name}/resume or the button on the dashboard.`,
    payload: { destination: about.name, by, until: untilMs === null ? null : toIso(untilMs) },
  }),
  destinationResumed: (about: Named, forMs: number): SystemEventFields => ({
    name: "destination_resumed",
    severity: "info",
    summary: `The pause of destination ${about.name} (${about.type}) is over, after ${toSpan(forMs)}. What waited for it is being sent.`,
    payload: { destination: about.name, afterSeconds: toSeconds(forMs) },
  }),
  deadLetters: (
    workspace: string,
    all: number,
    { destination, reason }: Pick<DeadLetter, "destination" | "reason">,
  ): SystemEventFields => ({
    name: "dead_letters",
    severity: "medium",
    summary: `${count(all, "event")} of workspace ${workspace} will not be delivered as things stand. The newest: ${sentence(destination === null ? reason : `${destination}: ${reason}`)} See the dead letters on the dashboard or with GET /dead-letters; mend the cause, then send them again or discard them. This is told again only when none were left in between.`,
    payload: { deadLetters: all },
    quotes: [reason],
  }),
  lateEvents: (workspace: string, late: number): SystemEventFields => ({
    name: "late_events",
    severity: "low",
    summary: `${count(late, "event")} of workspace ${workspace} appeared in Webflow's log only after it had been read past their time. Tidemark found and sent them, marked as late: nothing to do. This is told at most once a day; GET /receipts counts all.`,
    payload: { late },
  }),
  schemaDrift: (workspace: string, things: readonly string[]): SystemEventFields => ({
    name: "schema_drift",
    severity: "low",
    summary: `The log of workspace ${workspace} has something that this version of Tidemark does not know: ${listed(things)}. It is passed on as received, so nothing is lost; a newer version may word it better. Each is told once.`,
    payload: { things: [...things] },
    quotes: [listed(things), ...things],
  }),
  budgetShort: (
    workspace: string,
    plan: string,
    short: readonly string[],
    pollMs: number,
  ): SystemEventFields => ({
    name: "budget_short",
    severity: "low",
    summary: `At its pace, workspace ${workspace} would use more of Cloudflare's ${plan} plan today than its part: ${short.join(", ")}. So it is polled every ${toSeconds(pollMs)} s for now, and events reach you later by so much; nothing is lost. To have it as promised: the paid plan, with PLAN = "paid" in wrangler.toml; or a larger POLL_SECONDS, fewer destinations, or batches. See “budget” in GET /status.`,
    payload: { plan, standing: "slow", short: [...short], pollSeconds: toSeconds(pollMs) },
  }),
  budgetUsed: (
    workspace: string,
    plan: string,
    short: readonly string[],
    untilMs: number,
  ): SystemEventFields => ({
    name: "budget_short",
    severity: "high",
    summary: `Today's part of Cloudflare's ${plan} plan is used up for workspace ${workspace}: ${short.join(", ")}. Until ${toShortIso(untilMs)} no new events are read or sent, so that what is under way can be noted; then it goes on where it stopped, and nothing is lost. To go on at once: the paid plan, with PLAN = "paid" in wrangler.toml, and a deploy.`,
    payload: { plan, standing: "held", short: [...short], until: toIso(untilMs) },
  }),
  budgetRecovered: (workspace: string, pollMs: number): SystemEventFields => ({
    name: "budget_recovered",
    severity: "info",
    summary: `The plan bears the pace of workspace ${workspace} again: it has caught up, and is polled every ${toSeconds(pollMs)} s as configured.`,
  }),
  shortfall: (workspace: string, hour: string, missing: number): SystemEventFields => ({
    name: "shortfall",
    severity: "high",
    summary: `Webflow counts ${count(missing, "event")} more in the hour from ${hour} of workspace ${workspace} than it shows, even after a day, so Tidemark could not pass on all of that hour. See its receipt (GET /receipts), and the dead letters for items that have no usable time; POST /resync reads that time again. This is told at most once a day.`,
    payload: { hour, missing },
  }),
  muteStarted: (mute: Mute, workspace: string): SystemEventFields => {
    const { id, by, includeHigh, untilMs, destinations } = mute;
    return {
      name: "mute_started",
      severity: includeHigh ? "high" : "medium",
      summary: `${by} muted ${toWords(mute)} in workspace ${workspace}, for ${destinations.join(", ")}, until ${toIsoSecond(Math.ceil(untilMs / 1000))}${because(mute)}. ${includeHigh ? "High and critical ones are kept back, too." : "High and critical ones still come."} Each is settled as filtered, and counted. To end it earlier: DELETE /mutes/${workspace}:${id}, or the button on the dashboard.`,
      payload: { mute: id, destinations, until: toIso(untilMs), includeHigh },
      quotes: [toWords(mute), because(mute), by],
    };
  },
  muteEnded: (mute: Mute, workspace: string): SystemEventFields => {
    const { id, by, sinceMs, endedMs, endedBy, untilMs } = mute;
    const all = keptBack(mute);
    const each = Object.entries(mute.keptBack).map(([name, n]) => `${name} ${n}`);
    const kept = all === 0 ? "nothing back" : `back ${all}: ${each.join(", ")}`;
    return {
      name: "mute_ended",
      severity: "low",
      summary: `The mute of ${toWords(mute)} in workspace ${workspace} by ${by} is over, after ${toSpan((endedMs ?? untilMs) - sinceMs)}${endedBy === null ? "" : `, ended by ${endedBy}`}. It kept ${kept}. That stays filtered, and so does what happened in that time and comes late; a re-sync with redeliver sends it.`,
      payload: { mute: id, keptBack: mute.keptBack, endedBy: endedBy === null ? "itself" : "hand" },
      quotes: [toWords(mute), by, endedBy ?? ""],
    };
  },
} as const;

const because = ({ reason }: Mute) => (reason === null ? "" : `, because: “${reason}”`);

function toSpan(ms: number): string {
  const hours = ms / hourMs;
  if (hours < 1) return `${Math.max(1, Math.round(ms / 60_000))} min`;
  if (hours <= 48) return count(Math.round(hours * 10) / 10, "hour");
  return `${Math.round(hours / 24)} days`;
}

/** Our texts put into quotation marks what Webflow said, and nothing else. */
function quotedIn(text: string): string[] {
  return /"(.+)"/s.exec(text)?.slice(1) ?? [];
}

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;

const toSeconds = (ms: number) => Math.max(0, Math.round(ms / 1000));

/** What others say may end as it likes. */
const sentence = (text: string) => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** The first of them, as many as a message bears. */
function listed(things: readonly string[]): string {
  const fitting = things.findIndex((_, i) => things.slice(0, i + 1).join(", ").length > mostListed);
  const shown = fitting < 0 ? things.length : Math.max(1, fitting);
  const rest = things.length - shown;
  return `${things.slice(0, shown).join(", ")}${rest > 0 ? `, and ${rest} more` : ""}`;
}

/** How the secrets of a destination are set anew, at the end of a text; a full stop where it reads none. */
function setAnew({ secrets }: Named): string {
  const commands = [...new Set(secrets)].map((name) => `npx wrangler secret put ${name}`);
  return commands.length > 0 ? `, and set what has changed with: ${commands.join("; ")}` : ".";
}
