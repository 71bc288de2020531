// The small parts that every page is made of.
import type { Child } from "hono/jsx";
import { toIso } from "../time.ts";
import { relative, type Sign, span, type Tone } from "./words.ts";

/** The moment that a page is made for: all of it speaks of the same one. */
export interface Now {
  readonly nowMs: number;
}

/** A moment: how long ago, and on pointing at it exactly. */
export function When({ at, nowMs }: Now & { readonly at: string | number | null }) {
  if (at === null) return <span class="none">never</span>;
  const ms = typeof at === "number" ? at : Date.parse(at);
  return (
    <time datetime={toShort(ms)} title={utc(ms)}>
      {relative(ms, nowMs)}
    </time>
  );
}

/** How long it has been so. */
export function Span({ from, nowMs }: Now & { readonly from: string }) {
  const ms = Date.parse(from);
  return (
    <time datetime={from} title={`since ${utc(ms)}`}>
      {span((nowMs - ms) / 1000)}
    </time>
  );
}

/** A moment as a clock and a calendar show it. */
export function Stamp({ at }: { readonly at: string | number }) {
  const ms = typeof at === "number" ? at : Date.parse(at);
  return <time datetime={toIso(ms)}>{utc(ms)}</time>;
}

function toShort(ms: number): string {
  return `${toIso(ms).slice(0, 19)}Z`;
}

/** `2026-11-23 10:00:07 UTC` */
function utc(ms: number): string {
  return `${toIso(ms).slice(0, 19).replace("T", " ")} UTC`;
}

const signs: Readonly<Record<Sign, Child>> = {
  dot: <circle cx="5" cy="5" r="4" fill="currentColor" />,
  ring: <circle cx="5" cy="5" r="3.2" fill="none" stroke="currentColor" stroke-width="1.8" />,
  half: (
    <>
      <circle cx="5" cy="5" r="3.6" fill="none" stroke="currentColor" stroke-width="1.2" />
      <path d="M5 1.4a3.6 3.6 0 0 1 0 7.2Z" fill="currentColor" />
    </>
  ),
  cross: (
    <path d="M2 2l6 6M8 2L2 8" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
  ),
  bang: <path d="M5 1v5M5 8.6v.2" stroke="currentColor" stroke-width="2" stroke-linecap="round" />,
  pause: (
    <path d="M3 1.5v7M7 1.5v7" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
  ),
};

/** Drawn once a page; each pill refers to it. */
export function Signs() {
  return (
    <svg class="unseen" aria-hidden="true">
      {Object.entries(signs).map(([name, drawing]) => (
        <symbol id={`s-${name}`} viewBox="0 0 10 10">
          {drawing}
        </symbol>
      ))}
    </svg>
  );
}

interface PillProps {
  readonly tone: Tone;
  readonly sign: Sign;
  readonly word: string;
}

export function Pill({ tone, sign, word }: PillProps) {
  return (
    <span class={`pill ${tone}`}>
      <svg aria-hidden="true">
        <use href={`#s-${sign}`} />
      </svg>
      {word}
    </span>
  );
}

/** `high`, beside a box that is the fuller the more severe it is. */
export function SeverityMark({ severity }: { readonly severity: string }) {
  return <span class={`severity ${severity}`}>{severity}</span>;
}

/** One label with what it says; a list of them is a <dl>. */
export function Fact({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly children?: Child;
}) {
  return (
    <div title={hint}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What stands where there is nothing yet: what that means, and what to do next. */
export function Empty({ children }: { readonly children?: Child }) {
  return <p class="empty">{children}</p>;
}

/** Indented JSON, to read; long ones scroll, and what scrolls must be reachable by keyboard. */
export function Json({ value, label }: { readonly value: unknown; readonly label: string }) {
  return (
    <section class="json" tabindex={0} aria-label={label}>
      <pre>{JSON.stringify(value, null, 2)}</pre>
    </section>
  );
}

/** For a page that is about one workspace of several. */
export function ChooseWorkspace({
  workspaces,
  workspace,
}: {
  readonly workspaces: readonly string[];
  readonly workspace: string;
}) {
  return (
    <form method="get" class="card filter" aria-label="Workspace">
      <label>
        Workspace
        <select name="workspace">
          {workspaces.map((id) => (
            <option value={id} selected={id === workspace}>
              {id}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Choose</button>
    </form>
  );
}
