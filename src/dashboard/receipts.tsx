// The receipts of the last days as a strip, an hour a cell, and in words those that are not as they should be.
import type { SignedReceipt } from "../proof/receipts.ts";
import { count, counted } from "./words.ts";

type State = SignedReceipt["state"];

/** What a state is called, and how its cell is drawn: from where to where, of 24, so that colour is not the only sign. */
const looks: Readonly<Record<State, { word: string; from: number; to: number }>> = {
  complete: { word: "complete", from: 0, to: 24 },
  quiet: { word: "quiet", from: 15, to: 24 },
  late: { word: "late arrivals", from: 6, to: 24 },
  shortfall: { word: "shortfall", from: 0, to: 10 },
  blind: { word: "blind", from: 9, to: 15 },
  open: { word: "not counted yet", from: 20, to: 24 },
};
const order = ["complete", "quiet", "late", "shortfall", "blind", "open"] as const;
const troubled: ReadonlySet<State> = new Set(["shortfall", "blind"]);
const cell = 6;
const gap = 2;
const mostTold = 6;

export function ReceiptStrip({
  receipts,
  id,
}: {
  readonly receipts: readonly SignedReceipt[];
  readonly id: string;
}) {
  if (receipts.length === 0)
    return (
      <div class="receipts">
        <h3>Receipts</h3>
        <p class="empty">
          The first comes when the first whole hour is over: it compares what Webflow counts with
          what each destination got.
        </p>
      </div>
    );
  const present = order.filter((state) => receipts.some((receipt) => receipt.state === state));
  const tallies = present.map(
    (state) =>
      `${receipts.filter((receipt) => receipt.state === state).length} ${looks[state].word}`,
  );
  const latest = receipts.findLast(({ sourceTotal }) => sourceTotal !== null);
  const width = receipts.length * (cell + gap) - gap;
  const trouble = receipts.filter(({ state }) => troubled.has(state)).toReversed();
  return (
    <div class="receipts">
      <h3 id={id}>
        Receipts{" "}
        <small>
          {counted(receipts.length, "hour")}: {tallies.join(", ")}
        </small>
      </h3>
      <svg
        viewBox={`0 0 ${width} 24`}
        role="img"
        aria-label={`Receipts: ${tallies.join(", ")}`}
        preserveAspectRatio="none"
        class="strip"
        width={width}
        height="24"
      >
        {runs(receipts).map(({ state, first, length, from, to }) => {
          const look = looks[state];
          const y = (look.from + look.to) / 2;
          return (
            <path
              class={`r-${state}`}
              d={`M${first * (cell + gap)} ${y}h${length * (cell + gap) - gap}`}
              stroke-width={look.to - look.from}
            >
              <title>{`${shortHour(from)} to ${shortHour(to)} UTC: ${look.word}`}</title>
            </path>
          );
        })}
      </svg>
      <ul class="legend">
        {present.map((state) => (
          <li>
            <i class={`r-${state}`} aria-hidden="true" />
            {looks[state].word}
          </li>
        ))}
      </ul>
      {latest && (
        <p class="remark">
          Counted last: {shortHour(latest.from)} UTC. Webflow shows {count(latest.sourceTotal ?? 0)}
          , seen {count(latest.events)}
          {latest.late > 0 && `, ${count(latest.late)} of them late`}.
        </p>
      )}
      {trouble.length > 0 && (
        <details class="trouble" data-key={id}>
          <summary>{counted(trouble.length, "hour")} to look at</summary>
          <ul>
            {trouble.slice(0, mostTold).map((receipt) => (
              <li>
                <b>{shortHour(receipt.from)}</b> {looks[receipt.state].word}: {whyTrouble(receipt)}
              </li>
            ))}
          </ul>
          {trouble.length > mostTold && <p>All of them: GET /receipts, or npm run receipts.</p>}
        </details>
      )}
    </div>
  );
}

interface Run {
  readonly state: State;
  readonly first: number;
  length: number;
  readonly from: string;
  to: string;
}

/** Neighbours of one state are one line of dashes: three days are few elements, not 72. */
function runs(receipts: readonly SignedReceipt[]): Run[] {
  const found: Run[] = [];
  for (const [i, { state, from, to }] of receipts.entries()) {
    const last = found.at(-1);
    if (last?.state === state) {
      last.length += 1;
      last.to = to;
    } else found.push({ state, first: i, length: 1, from, to });
  }
  return found;
}

function whyTrouble({ note, destinations, unreadSeconds }: SignedReceipt): string {
  const short = Object.entries(destinations)
    .filter(([, { shortfall }]) => shortfall !== null)
    .map(([name, { shortfall }]) => `${name}: ${shortfall}`);
  const told = [...(note === null ? [] : [note]), ...short];
  return (
    told.join("; ") ||
    `the log was out of sight for ${counted(Math.round(unreadSeconds / 60), "minute")}`
  );
}

/** `23 Nov 10:00` */
function shortHour(iso: string): string {
  const date = new Date(iso);
  const month = date.toLocaleString("en", { month: "short", timeZone: "UTC" });
  return `${date.getUTCDate()} ${month} ${iso.slice(11, 16)}`;
}
