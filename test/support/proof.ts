// For the tests of receipts and recounts: a world that polls once a minute, and the receipts of its hours.
import type { Receipt, SignedReceipt } from "../../src/proof/receipts.ts";
import { payloadOf } from "../../src/proof/signer.ts";
import { World, type WorldOptions } from "./world.ts";

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** A world in which a day is cheap. */
export function slowWorld({ env, ...options }: WorldOptions = {}): World {
  return new World({ ...options, env: { POLL_SECONDS: 60, ...env } });
}

/** The receipt of the hour in which that moment lies. */
export function receiptAt(world: World, ms: number): SignedReceipt {
  const from = Math.floor(ms / hour) * hour;
  const [receipt] = world.pipeline.receipts.between(from, from + hour);
  if (!receipt) throw new Error("no receipt");
  return receipt;
}

/** What its signature says of it. */
export function signedAt(world: World, ms: number): Receipt {
  return payloadOf(receiptAt(world, ms).signature ?? "") as Receipt;
}

/** Where a destination's numbers do not add up to the events of the hour. */
export function wrongSums(receipts: readonly Receipt[]): string[] {
  return receipts.flatMap(({ from, events, destinations }) =>
    Object.entries(destinations).flatMap(([name, at]) => {
      const sum = at.delivered + at.filtered + at.deadLettered + at.pending + at.notOwed;
      return sum === events ? [] : [`${from} ${name}: ${sum} of ${events}`];
    }),
  );
}

/** How many requests the source got while time passed. */
export async function requestsDuring(world: World, ms: number): Promise<number> {
  const before = world.api.counts.requests;
  await world.runFor(ms);
  return world.api.counts.requests - before;
}

/** Changes what the source answers with, on the way: `change` gets the address asked for and the answer's JSON. */
export function betweenSource(
  world: World,
  change: (url: URL, page: { items: unknown[]; pagination: Record<string, unknown> }) => unknown,
): void {
  const { fetch } = world.ports;
  Object.assign(world.ports, {
    fetch: async (request: Request) => {
      const response = await fetch(request);
      const url = new URL(request.url);
      if (url.host !== "api.webflow.com" || response.status !== 200) return response;
      const text = await response.text();
      let page: Parameters<typeof change>[1];
      try {
        page = JSON.parse(text);
      } catch {
        return new Response(text, response);
      }
      const changed = change(url, page);
      return changed instanceof Response
        ? changed
        : new Response(JSON.stringify(changed ?? page), response);
    },
  });
}
