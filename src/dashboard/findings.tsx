// What rules have found: how often each, and the findings as rows: when, how severe, the sentence, and the events that it
// rests on, each with its own page.
import type { KeptFinding } from "../ledger/findings.ts";
import type { Overview } from "../overview.ts";
import type { RuleStatus } from "../rule-status.ts";
import { eventUrl } from "./event-list.tsx";
import { type Frame, Layout } from "./layout.tsx";
import { Empty, SeverityMark, When } from "./parts.tsx";
import { count, counted } from "./words.ts";

/** The page of a workspace has more to tell, and is to stay light. */
const mostInSection = 3;
const none = "No rule has found anything in the last 7 days.";

interface FindingsProps {
  readonly overview: Overview;
  readonly workspace: string;
  readonly nowMs: number;
}

/** A part of the workspace's page; nothing where no rule is on and nothing is remembered. */
export function Findings({ overview: { status, findings }, workspace, nowMs }: FindingsProps) {
  const { rules } = status;
  if (rules.length === 0 && findings.length === 0) return null;
  const busy = rules.filter((one) => one.findings > 0 || one.heldBack > 0);
  const newest = busy.toSorted((a, b) => ((a.last ?? "") < (b.last ?? "") ? 1 : -1));
  return (
    <section class="card" aria-label={`Findings in ${workspace}`}>
      <h3>
        Findings <small>{counted(rules.length, "rule")} on</small>
        <a href={`/dashboard/findings?${new URLSearchParams({ workspace })}`}>All findings</a>
      </h3>
      {busy.length === 0 ? (
        <Empty>{none}</Empty>
      ) : (
        <RuleTable rules={newest.slice(0, mostInSection)} nowMs={nowMs} brief />
      )}
    </section>
  );
}

export function FindingsPage({
  frame,
  overview: { status, findings },
  workspace,
}: Omit<FindingsProps, "nowMs"> & { readonly frame: Frame }) {
  const { nowMs } = frame;
  return (
    <Layout {...frame}>
      <h1>
        Findings in <bdi>{workspace}</bdi>
      </h1>
      <section class="card" aria-labelledby="newest">
        <h2 id="newest">The newest</h2>
        {findings.length === 0 ? (
          <Empty>None is remembered.</Empty>
        ) : (
          <FindingList findings={findings} workspace={workspace} nowMs={nowMs} />
        )}
      </section>
      <section class="card" aria-labelledby="rules">
        <h2 id="rules">The rules that are on</h2>
        {status.rules.length === 0 ? (
          <Empty>
            None. A destination asks for some with <code>rules = ["*"]</code>, or{" "}
            <code>findings = true</code>, in wrangler.toml.
          </Empty>
        ) : (
          <RuleTable rules={status.rules} nowMs={nowMs} />
        )}
      </section>
    </Layout>
  );
}

function RuleTable({
  rules,
  nowMs,
  brief = false,
}: {
  readonly rules: readonly RuleStatus[];
  readonly nowMs: number;
  readonly brief?: boolean;
}) {
  return (
    <table class="cards">
      <caption class="unseen">Findings by rule, of 7 days</caption>
      <thead>
        <tr>
          <th scope="col">Rule</th>
          {!brief && <th scope="col">Severity</th>}
          <th scope="col" class="number">
            Findings, 7 d
          </th>
          <th scope="col">Last one</th>
          <th scope="col" class="number">
            Held back, 7 d
          </th>
        </tr>
      </thead>
      <tbody>
        {rules.map(({ rule, title, severity, findings, last, heldBack }) => (
          <tr>
            <th scope="row" title={brief ? undefined : rule}>
              {title}
            </th>
            {!brief && (
              <td data-label="Severity">
                <SeverityMark severity={severity} />
              </td>
            )}
            <td data-label="Findings, 7 d" class="number">
              {count(findings)}
            </td>
            <td data-label="Last one">
              {last === null ? <span class="none">none</span> : <When at={last} nowMs={nowMs} />}
            </td>
            <td data-label="Held back, 7 d" class="number">
              {count(heldBack)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

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
          <span class="said" dir="auto">
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
