// Once a day, what is older than the ledger's memory and behind every destination is forgotten.
import type { Member } from "./member.ts";
import type { Ports } from "./ports.ts";
import type { Receipts } from "./proof/receipts.ts";
import type { Resync } from "./resync/resync.ts";
import { dayMs, hourOf } from "./time.ts";

/** How long receipts are kept. */
const receiptDays = 400;
const key = "forgotten";

interface Parts {
  readonly members: readonly Member[];
  readonly receipts: Receipts;
  readonly resync: Resync;
}

export function forget(
  { members, receipts, resync }: Parts,
  { ledger, clock }: Ports,
  memoryDays: number,
): void {
  const nowMs = clock.now();
  if (nowMs - Number(ledger.get(key) ?? 0) < dayMs) return;
  const resumes = members.flatMap(({ lane }) => ledger.position(lane.name)?.resume ?? []);
  const horizonMs = Math.min(nowMs - memoryDays * dayMs, ...resumes.map((second) => second * 1000));
  // Receipts are made of what is forgotten now: those that were never closed are kept as they stand.
  receipts.keepBefore(horizonMs + dayMs);
  ledger.forgetBefore(Math.max(0, horizonMs));
  resync.dropExpired();
  const names = members.map(({ lane }) => lane.name);
  ledger.errands.forget(names, horizonMs);
  ledger.notices.forget(names);
  ledger.hours.forgetBefore(hourOf(nowMs - receiptDays * dayMs));
  ledger.statistics.forget(nowMs);
  ledger.lists.forgetBefore(nowMs);
  ledger.set(key, nowMs);
}
