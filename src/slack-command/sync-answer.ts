// What a run by hand has read and delivered.
import { joined } from "../destinations/chat/text.ts";
import type { RunReport } from "../report.ts";
import type { WorkspaceStatus } from "../status.ts";
import { type Answer, counted, say, toAnswer } from "./answer.ts";

export interface Synced {
  readonly report: RunReport;
  /** How it stands afterwards. */
  readonly status: WorkspaceStatus;
}

export function syncAnswer(all: readonly Synced[]): Answer {
  const unread = all.filter(({ report }) => report.source !== "ok").length;
  const fresh = all.reduce((sum, { report }) => sum + report.fresh, 0);
  const headline =
    unread > 0
      ? `${counted(unread, "audit log")} of ${all.length} could not be read`
      : `Read: ${counted(fresh, "new event")}`;
  return toAnswer(headline, all.flatMap(toLines), "GET /status shows how all stands.");
}

function toLines({ report, status }: Synced): string[] {
  const workspace = `*${say(status.workspace, 100)}*`;
  const read = joined([
    `${workspace} · ${counted(report.fresh, "new event")}`,
    report.late > 0 ? `${report.late} of them late` : "",
    report.unusable > 0 ? `${counted(report.unusable, "item")} without a usable time` : "",
  ]);
  const unread = `${workspace} · *${status.state}*\n↳ ${say(status.problem ?? "The log could not be read; the Worker's log says why: npx wrangler tail")}`;
  return [
    report.source === "ok" ? read : unread,
    ...status.destinations.map(({ name, problem }) => {
      const line = `• *${say(name, 100)}* · ${told(report.destinations[name])}`;
      return problem === null ? line : `${line}\n↳ ${say(problem)}`;
    }),
  ];
}

function told(counts: RunReport["destinations"][string] | undefined): string {
  const { delivered = 0, dead = 0, failures = 0 } = counts ?? {};
  return joined([
    delivered > 0 ? `${delivered.toLocaleString("en")} delivered` : "nothing to deliver",
    dead > 0 ? `${counted(dead, "dead letter")}: see GET /dead-letters` : "",
    failures > 0 ? `${counted(failures, "attempt")} failed` : "",
  ]);
}
