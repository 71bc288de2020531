// Receipts for people: a line for the hour, one for each destination.
import type { Receipt } from "./receipts.ts";

export function receiptText(receipts: readonly Receipt[]): string {
  if (receipts.length === 0)
    return "No whole hour of this period was watched: receipts begin with the first whole hour of a destination.\n";
  return `${receipts.map(one).join("\n")}\n\n${sum(receipts)}\n`;
}

function one(receipt: Receipt): string {
  const { from, to, state, sourceTotal, events, late, note } = receipt;
  const period = `${from.slice(0, 10)} ${from.slice(11, 16)}–${to.slice(11, 16)} UTC`;
  const polled = `polled ${receipt.polls} times${receipt.failedPolls > 0 ? ` (${receipt.failedPolls} failed)` : ""}`;
  const total = sourceTotal === null ? "source not counted" : `source total ${sourceTotal}`;
  const seen = events > 0 ? `, seen ${events}${late > 0 ? ` (${late} late)` : ""}` : "";
  const head = `${period}  ${state.padEnd(9)}  ${polled}, ${total}${seen}${receipt.final ? "" : " — not final"}`;
  const notes = note === null ? [] : [`    ${note}`];
  const destinations =
    events === 0
      ? []
      : Object.entries(receipt.destinations).map(([name, at]) => `    ${name}: ${counts(at)}`);
  return [head, ...notes, ...destinations].join("\n");
}

function counts(at: Receipt["destinations"][string]): string {
  const parts: [number, string][] = [
    [at.delivered, "delivered"],
    [at.filtered, "filtered"],
    [at.deadLettered, "dead-lettered"],
    [at.pending, "pending"],
    [at.notOwed, "not owed (before its start)"],
  ];
  const told = parts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
  return `${told.join(", ")}${at.shortfall === null ? "" : ` — ${at.shortfall}`}`;
}

function sum(receipts: readonly Receipt[]): string {
  const groups = Map.groupBy(receipts, ({ state }) => state);
  const states = [...groups].map(([state, all]) => `${all.length} ${state}`).join(", ");
  return `${receipts.length} hours: ${states}.`;
}
