// What rules have found, as rows: when, how severe, the sentence, and the events that it rests on, each with its own page.
import type { KeptFinding } from "../ledger/findings.ts";
import { eventUrl } from "./event-list.tsx";
import { SeverityMark, When } from "./parts.tsx";

export function FindingList({
  findings,
  workspace,
  nowMs,
  except,
}: {
  readonly findings: readonly KeptFinding[];
  readonly workspace: string;
  readonly nowMs: number;
  /** The event whose page it is. */
  readonly except?: string;
}) {
  return (
    <ol class="events">
      {findings.map(({ title, rule, reason, severity, time, evidence }) => (
        <li>
          <When at={time} nowMs={nowMs} />
          <SeverityMark severity={severity} />
          <span dir="auto">
            <b>{title}.</b> {reason}{" "}
            {evidence
              .filter((id) => id !== except)
              .map((id) => (
                <>
                  <a href={eventUrl(id, workspace)}>
                    <code>{id}</code>
                  </a>{" "}
                </>
              ))}
          </span>
          <span class="type">{rule}</span>
        </li>
      ))}
    </ol>
  );
}
